// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertTrailing.mqh>
#include <Trade\PositionInfo.mqh>
class CTrailingNone : public CExpertTrailing
{
 public:
   CTrailingNone(void);
   virtual bool CheckTrailingStopLong(CPositionInfo *position, double &sl, double &tp);
   virtual bool CheckTrailingStopShort(CPositionInfo *position, double &sl, double &tp);
};
