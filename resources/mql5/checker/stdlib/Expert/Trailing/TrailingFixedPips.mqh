// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertTrailing.mqh>
#include <Trade\PositionInfo.mqh>
class CTrailingFixedPips : public CExpertTrailing
{
 public:
   CTrailingFixedPips(void);
   void StopLevel(int stop_level);
   void ProfitLevel(int profit_level);
   virtual bool ValidationSettings();
   virtual bool CheckTrailingStopLong(CPositionInfo *position, double &sl, double &tp);
   virtual bool CheckTrailingStopShort(CPositionInfo *position, double &sl, double &tp);
};
