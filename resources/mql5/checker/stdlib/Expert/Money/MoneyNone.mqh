// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertMoney.mqh>
class CMoneyNone : public CExpertMoney
{
 public:
   CMoneyNone(void);
   virtual bool ValidationSettings();
   virtual double CheckOpenLong(double price, double sl);
   virtual double CheckOpenShort(double price, double sl);
};
