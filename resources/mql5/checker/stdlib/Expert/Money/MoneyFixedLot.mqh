// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertMoney.mqh>
class CMoneyFixedLot : public CExpertMoney
{
 public:
   CMoneyFixedLot(void);
   void Lots(double lots);
   virtual bool ValidationSettings();
   virtual double CheckOpenLong(double price, double sl);
   virtual double CheckOpenShort(double price, double sl);
};
