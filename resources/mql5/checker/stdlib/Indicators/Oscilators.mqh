// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\Indicator.mqh>
class CiATR : public CIndicator
{
 public:
   CiATR(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   virtual int Type() const;
};

class CiBearsPower : public CIndicator
{
 public:
   CiBearsPower(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   virtual int Type() const;
};

class CiBullsPower : public CIndicator
{
 public:
   CiBullsPower(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   virtual int Type() const;
};

class CiCCI : public CIndicator
{
 public:
   CiCCI(void);
   int MaPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiChaikin : public CIndicator
{
 public:
   CiChaikin(void);
   int FastMaPeriod() const;
   int SlowMaPeriod() const;
   ENUM_MA_METHOD MaMethod() const;
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int fast_ma_period, int slow_ma_period, ENUM_MA_METHOD ma_method, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};

class CiDeMarker : public CIndicator
{
 public:
   CiDeMarker(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   virtual int Type() const;
};

class CiForce : public CIndicator
{
 public:
   CiForce(void);
   int MaPeriod() const;
   ENUM_MA_METHOD MaMethod() const;
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, ENUM_MA_METHOD ma_method, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};

class CiMACD : public CIndicator
{
 public:
   CiMACD(void);
   int FastEmaPeriod() const;
   int SlowEmaPeriod() const;
   int SignalPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int fast_ema_period, int slow_ema_period, int signal_period, int applied);
   double Main(int index);
   double Signal(int index);
   virtual int Type() const;
};

class CiMomentum : public CIndicator
{
 public:
   CiMomentum(void);
   int MaPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiOsMA : public CIndicator
{
 public:
   CiOsMA(void);
   int FastEmaPeriod() const;
   int SlowEmaPeriod() const;
   int SignalPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int fast_ema_period, int slow_ema_period, int signal_period, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiRSI : public CIndicator
{
 public:
   CiRSI(void);
   int MaPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiRVI : public CIndicator
{
 public:
   CiRVI(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   double Signal(int index);
   virtual int Type() const;
};

class CiStochastic : public CIndicator
{
 public:
   CiStochastic(void);
   int Kperiod() const;
   int Dperiod() const;
   int Slowing() const;
   ENUM_MA_METHOD MaMethod() const;
   ENUM_STO_PRICE PriceField() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int Kperiod, int Dperiod, int slowing, ENUM_MA_METHOD ma_method, ENUM_STO_PRICE price_field);
   double Main(int index);
   double Signal(int index);
   virtual int Type() const;
};

class CiTriX : public CIndicator
{
 public:
   CiTriX(void);
   int MaPeriod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiWPR : public CIndicator
{
 public:
   CiWPR(void);
   int CalcPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int calc_period);
   double Main(int index);
   virtual int Type() const;
};
