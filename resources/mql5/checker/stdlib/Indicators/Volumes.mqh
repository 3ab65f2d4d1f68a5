// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\Indicator.mqh>
class CiAD : public CIndicator
{
 public:
   CiAD(void);
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};

class CiMFI : public CIndicator
{
 public:
   CiMFI(void);
   int MaPeriod() const;
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};

class CiOBV : public CIndicator
{
 public:
   CiOBV(void);
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};

class CiVolumes : public CIndicator
{
 public:
   CiVolumes(void);
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};
