// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertSignal.mqh>
class CSignalAMA : public CExpertSignal
{
 public:
   CSignalAMA(void);
   void PeriodMA(int value);
   void Shift(int value);
   void Method(ENUM_MA_METHOD value);
   void Applied(ENUM_APPLIED_PRICE value);
   void Pattern_0(int value);
   void Pattern_1(int value);
   void Pattern_2(int value);
   void Pattern_3(int value);
   void Pattern_4(int value);
   void Pattern_5(int value);
   void Pattern_6(int value);
};
