// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertTrailing.mqh>
#include <Indicators\Indicators.mqh>
#include <Trade\PositionInfo.mqh>
class CTrailingPSAR : public CExpertTrailing
{
 public:
   CTrailingPSAR(void);
   void Step(double step);
   void Maximum(double maximum);
   virtual bool InitIndicators(CIndicators *indicators);
   virtual bool CheckTrailingStopLong(CPositionInfo *position, double &sl, double &tp);
   virtual bool CheckTrailingStopShort(CPositionInfo *position, double &sl, double &tp);
};
