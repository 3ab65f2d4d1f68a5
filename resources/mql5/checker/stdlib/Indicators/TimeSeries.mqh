// Declarations for the checker: made by packaging/mql_classes.py.
#include <Arrays\ArrayInt.mqh>
#include <Arrays\ArrayLong.mqh>
#include <Arrays\ArrayDouble.mqh>
#include <Indicators\Series.mqh>
class CSpreadBuffer : public CArrayInt
{
 public:
   CSpreadBuffer(void);
   void Size(const int size);
   void SetSymbolPeriod(const string symbol, const ENUM_TIMEFRAMES period);
   int At(const int index) const;
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CTimeBuffer : public CArrayLong
{
 public:
   CTimeBuffer(void);
   void Size(const int size);
   void SetSymbolPeriod(const string symbol, const ENUM_TIMEFRAMES period);
   long At(const int index) const;
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CTickVolumeBuffer : public CArrayLong
{
 public:
   CTickVolumeBuffer(void);
   void Size(const int size);
   void SetSymbolPeriod(const string symbol, const ENUM_TIMEFRAMES period);
   long At(const int index) const;
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CRealVolumeBuffer : public CArrayLong
{
 public:
   CRealVolumeBuffer(void);
   void Size(const int size);
   void SetSymbolPeriod(const string symbol, const ENUM_TIMEFRAMES period);
   long At(const int index) const;
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CDoubleBuffer : public CArrayDouble
{
 public:
   CDoubleBuffer(void);
   void Size(const int size);
   void SetSymbolPeriod(const string symbol, const ENUM_TIMEFRAMES period);
   double At(const int index) const;
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class COpenBuffer : public CDoubleBuffer
{
 public:
   COpenBuffer(void);
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CHighBuffer : public CDoubleBuffer
{
 public:
   CHighBuffer(void);
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CLowBuffer : public CDoubleBuffer
{
 public:
   CLowBuffer(void);
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CCloseBuffer : public CDoubleBuffer
{
 public:
   CCloseBuffer(void);
   virtual bool Refresh();
   virtual bool RefreshCurrent();
};

class CPriceSeries : public CSeries
{
 public:
   CPriceSeries(void);
   virtual bool BufferResize(const int size);
   virtual double GetData(const int index) const;
   virtual void Refresh(const int flags =OBJ_ALL_PERIODS);
   virtual int MinIndex(const int start, const int count) const;
   virtual double MinValue(const int start, const int count, int &index) const;
   virtual int MaxIndex(const int start, const int count) const;
   virtual double MaxValue(const int start, const int count, int &index) const;
};

class CiSpread : public CSeries
{
 public:
   CiSpread(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   virtual bool BufferResize(int size);
   int GetData(int index) const;
   int GetData(int start_pos, int count, int &buffer[]) const;
   int GetData(datetime start_time, int count, int &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, int &buffer[]) const;
   virtual void Refresh(int flags);
};

class CiTime : public CSeries
{
 public:
   CiTime(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   virtual bool BufferResize(int size);
   datetime GetData(int index) const;
   int GetData(int start_pos, int count, long &buffer[]) const;
   int GetData(datetime start_time, int count, long &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, long &buffer[]) const;
   virtual void Refresh(int flags);
};

class CiTickVolume : public CSeries
{
 public:
   CiTickVolume(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   virtual bool BufferResize(int size);
   long GetData(int index) const;
   int GetData(int start_pos, int count, long &buffer[]) const;
   int GetData(datetime start_time, int count, long &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, long &buffer[]) const;
   virtual void Refresh(int flags);
};

class CiRealVolume : public CSeries
{
 public:
   CiRealVolume(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   virtual bool BufferResize(int size);
   datetime GetData(int index) const;
   int GetData(int start_pos, int count, long &buffer[]) const;
   int GetData(datetime start_time, int count, long &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, long &buffer[]) const;
   virtual void Refresh(int flags);
};

class CiOpen : public CPriceSeries
{
 public:
   using CPriceSeries::GetData;
 public:
   CiOpen(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   int GetData(int start_pos, int count, double &buffer[]) const;
   int GetData(datetime start_time, int count, double &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, double &buffer[]) const;
};

class CiHigh : public CPriceSeries
{
 public:
   using CPriceSeries::GetData;
 public:
   CiHigh(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   int GetData(int start_pos, int count, double &buffer[]) const;
   int GetData(datetime start_time, int count, double &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, double &buffer[]) const;
};

class CiLow : public CPriceSeries
{
 public:
   using CPriceSeries::GetData;
 public:
   CiLow(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   int GetData(int start_pos, int count, double &buffer[]) const;
   int GetData(datetime start_time, int count, double &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, double &buffer[]) const;
};

class CiClose : public CPriceSeries
{
 public:
   using CPriceSeries::GetData;
 public:
   CiClose(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   int GetData(int start_pos, int count, double &buffer[]) const;
   int GetData(datetime start_time, int count, double &buffer[]) const;
   int GetData(datetime start_time, datetime stop_time, double &buffer[]) const;
};
