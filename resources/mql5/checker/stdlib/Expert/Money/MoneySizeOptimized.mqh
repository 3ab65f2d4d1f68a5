// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertMoney.mqh>
class CMoneySizeOptimized : public CExpertMoney
{
 public:
   CMoneySizeOptimized(void);
   void DecreaseFactor(double decrease_factor);
   virtual bool ValidationSettings();
   virtual double CheckOpenLong(double price, double sl);
   virtual double CheckOpenShort(double price, double sl);
};
