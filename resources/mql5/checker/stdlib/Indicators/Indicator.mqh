// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\TimeSeries.mqh>
#include <Indicators\Series.mqh>
class CIndicatorBuffer : public CDoubleBuffer
{
 public:
   CIndicatorBuffer(void);
   int Offset() const;
   void Offset(const int offset);
   string Name() const;
   void Name(const string name);
   double At(int index) const;
   bool Refresh(const int handle, const int num);
   bool RefreshCurrent(const int handle, const int num);
};

class CIndicator : public CSeries
{
 public:
   CIndicator(void);
   int Handle() const;
   string Status() const;
   void FullRelease(const bool flag =true);
   bool Create(const string symbol, const ENUM_TIMEFRAMES period, const ENUM_INDICATOR type, const int num_params, const MqlParam &params[][]);
   virtual bool BufferResize(const int size);
   int BarsCalculated() const;
   double GetData(const int buffer_num, const int index) const;
   int GetData(const int start_pos, const int count, const int buffer_num, double &buffer[]) const;
   int GetData(const datetime start_time, const int count, const int buffer_num, double &buffer[]) const;
   int GetData(const datetime start_time, const datetime stop_time, const int buffer_num, double &buffer[]) const;
   virtual void Refresh(int flags =OBJ_ALL_PERIODS);
   int Minimum(const int buffer_num, const int start, const int count) const;
   double MinValue(const int buffer_num, const int start, const int count, int &index) const;
   int Maximum(const int buffer_num, const int start, const int count) const;
   double MaxValue(const int buffer_num, const int start, const int count, int &index) const;
   string MethodDescription(const int val) const;
   string PriceDescription(const int val) const;
   string VolumeDescription(const int val) const;
   bool AddToChart(const long chart, const int subwin);
   bool DeleteFromChart(const long chart, const int subwin);
};
