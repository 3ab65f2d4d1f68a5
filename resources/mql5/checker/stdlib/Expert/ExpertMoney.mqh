// Declarations for the checker: made by packaging/mql_classes.py.
#include <Object.mqh>
#include <Trade\PositionInfo.mqh>
class CExpertMoney : public CObject
{
 protected:
   double m_percent;
 public:
   CExpertMoney(void);
   void Percent(double percent);
   virtual bool ValidationSettings();
   virtual double CheckOpenLong(double price, double sl);
   virtual double CheckOpenShort(double price, double sl);
   virtual double CheckReverse(CPositionInfo *position, double sl);
   virtual double CheckClose();
};
