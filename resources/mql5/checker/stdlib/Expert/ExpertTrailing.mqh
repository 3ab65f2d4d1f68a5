// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertBase.mqh>
#include <Trade\PositionInfo.mqh>
class CExpertTrailing : public CExpertBase
{
 public:
   CExpertTrailing(void);
   virtual bool CheckTrailingStopLong(CPositionInfo *position, double &sl, double &tp);
   virtual bool CheckTrailingStopShort(CPositionInfo *position, double &sl, double &tp);
};
