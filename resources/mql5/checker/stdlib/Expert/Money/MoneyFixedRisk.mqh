// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertMoney.mqh>
class CMoneyFixedRisk : public CExpertMoney
{
 public:
   CMoneyFixedRisk(void);
   virtual double CheckOpenLong(double price, double sl);
   virtual double CheckOpenShort(double price, double sl);
};
