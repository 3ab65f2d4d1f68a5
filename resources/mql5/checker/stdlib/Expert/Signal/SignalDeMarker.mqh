// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertSignal.mqh>
class CSignalDeMarker : public CExpertSignal
{
 public:
   CSignalDeMarker(void);
   void PeriodDeM(int value);
   void Pattern_0(int value);
   void Pattern_1(int value);
   void Pattern_2(int value);
   void Pattern_3(int value);
   void Pattern_4(int value);
   void Pattern_5(int value);
   void Pattern_6(int value);
};
