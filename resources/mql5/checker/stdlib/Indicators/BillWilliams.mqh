// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\Indicator.mqh>
class CiAC : public CIndicator
{
 public:
   CiAC(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   double Main(int index);
   virtual int Type() const;
};

class CiAlligator : public CIndicator
{
 public:
   CiAlligator(void);
   int JawPeriod() const;
   int JawShift() const;
   int TeethPeriod() const;
   int TeethShift() const;
   int LipsPeriod() const;
   int LipsShift() const;
   ENUM_MA_METHOD MaMethod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int jaw_period, int jaw_shift, int teeth_period, int teeth_shift, int lips_period, int lips_shift, ENUM_MA_METHOD ma_method, int applied);
   double Jaw(int index);
   double Teeth(int index);
   double Lips(int index);
   virtual int Type() const;
};

class CiAO : public CIndicator
{
 public:
   CiAO(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   double Main(int index);
   virtual int Type() const;
};

class CiFractals : public CIndicator
{
 public:
   CiFractals(void);
   bool Create(string symbol, ENUM_TIMEFRAMES period);
   double Upper(int index);
   double Lower(int index);
   virtual int Type() const;
};

class CiGator : public CIndicator
{
 public:
   CiGator(void);
   int JawPeriod() const;
   int JawShift() const;
   int TeethPeriod() const;
   int TeethShift() const;
   int LipsPeriod() const;
   int LipsShift() const;
   ENUM_MA_METHOD MaMethod() const;
   int Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, int jaw_period, int jaw_shift, int teeth_period, int teeth_shift, int lips_period, int lips_shift, ENUM_MA_METHOD ma_method, int applied);
   double Upper(int index);
   virtual int Type() const;
};

class CiBWMFI : public CIndicator
{
 public:
   CiBWMFI(void);
   ENUM_APPLIED_VOLUME Applied() const;
   bool Create(string symbol, ENUM_TIMEFRAMES period, ENUM_APPLIED_VOLUME applied);
   double Main(int index);
   virtual int Type() const;
};
