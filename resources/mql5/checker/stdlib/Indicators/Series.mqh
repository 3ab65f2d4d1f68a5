// Declarations for the checker: made by packaging/mql_classes.py.
#include <Arrays\ArrayObj.mqh>
class CSeries : public CArrayObj
{
 public:
   CSeries(void);
   string Name() const;
   int BuffersTotal() const;
   int Timeframe() const;
   string Symbol() const;
   ENUM_TIMEFRAMES Period() const;
   string RefreshCurrent(const bool flag);
   int BufferSize() const;
   virtual bool BufferResize(const int size);
   virtual void Refresh(const int flags);
   string PeriodDescription(const int val =0);
};
