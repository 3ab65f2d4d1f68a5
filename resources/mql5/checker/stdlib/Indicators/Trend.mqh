// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\Indicator.mqh>
class CiADX : public CIndicator
{
 public:
   CiADX(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   double Plus(int index);
   double Minus(int index);
   virtual int Type() const;
};

class CiADXWilder : public CIndicator
{
 public:
   CiADXWilder(void);
   int MaPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period);
   double Main(int index);
   double Plus(int index);
   double Minus(int index);
   virtual int Type() const;
};

class CiBands : public CIndicator
{
 public:
   CiBands(void);
   int MaPeriod() const;
   int MaShift() const;
   double Deviation() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, double deviation, int applied);
   double Base(int index);
   double Upper(int index);
   double Lower(int index);
   virtual int Type() const;
};

class CiEnvelopes : public CIndicator
{
 public:
   CiEnvelopes(void);
   int MaPeriod() const;
   int MaShift() const;
   ENUM_MA_METHOD MaMethod() const;
   double Deviation() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, ENUM_MA_METHOD ma_method, int applied, double deviation);
   double Upper(int index);
   double Lower(int index);
   virtual int Type() const;
};

class CiIchimoku : public CIndicator
{
 public:
   CiIchimoku(void);
   int TenkanSenPeriod() const;
   int KijunSenPeriod() const;
   int SenkouSpanBPeriod() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int tenkan_sen, int kijun_sen, int senkou_span_b);
   double TenkanSen(int index);
   double KijunSen(int index);
   double SenkouSpanA(int index);
   double SenkouSpanB(int index);
   double ChinkouSpan(int index);
   virtual int Type() const;
};

class CiMA : public CIndicator
{
 public:
   CiMA(void);
   int MaPeriod() const;
   int MaShift() const;
   ENUM_MA_METHOD MaMethod() const;
   int Applied() const;
   bool Create(string string, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, ENUM_MA_METHOD ma_method, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiSAR : public CIndicator
{
 public:
   CiSAR(void);
   double SarStep() const;
   double Maximum() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, double step, double maximum);
   double Main(int index);
   virtual int Type() const;
};

class CiStdDev : public CIndicator
{
 public:
   CiStdDev(void);
   int MaPeriod() const;
   int MaShift() const;
   ENUM_MA_METHOD MaMethod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, ENUM_MA_METHOD ma_method, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiDEMA : public CIndicator
{
 public:
   CiDEMA(void);
   int MaPeriod() const;
   int IndShift() const;
   int Applied() const;
   bool Create(string string, ENUM_TIMEFRAMES period, int ma_period, int ind_shift, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiTEMA : public CIndicator
{
 public:
   CiTEMA(void);
   int MaPeriod() const;
   int IndShift() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiFrAMA : public CIndicator
{
 public:
   CiFrAMA(void);
   int MaPeriod() const;
   int IndShift() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int ma_period, int ma_shift, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiAMA : public CIndicator
{
 public:
   CiAMA(void);
   int MaPeriod() const;
   int FastEmaPeriod() const;
   int SlowEmaPeriod() const;
   int IndShift() const;
   int Applied() const;
   bool Create(string string, ENUM_TIMEFRAMES period, int ma_period, int fast_ema_period, int slow_ema_period, int ind_shift, int applied);
   double Main(int index);
   virtual int Type() const;
};

class CiVIDyA : public CIndicator
{
 public:
   CiVIDyA(void);
   int CmoPeriod() const;
   int EmaPeriod() const;
   int IndShift() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int cmo_period, int ema_period, int ind_shift, int applied);
   double Main(int index);
   virtual int Type() const;
};
