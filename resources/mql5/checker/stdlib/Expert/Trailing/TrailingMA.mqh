// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertTrailing.mqh>
#include <Indicators\Indicators.mqh>
#include <Trade\PositionInfo.mqh>
class CTrailingMA : public CExpertTrailing
{
 public:
   CTrailingMA(void);
   void Period(int period);
   void Shift(int shift);
   void Method(ENUM_MA_METHOD method);
   void Applied(ENUM_APPLIED_PRICE applied);
   virtual bool InitIndicators(CIndicators *indicators);
   virtual bool ValidationSettings();
   virtual bool CheckTrailingStopLong(CPositionInfo *position, double &sl, double &tp);
   virtual bool CheckTrailingStopShort(CPositionInfo *position, double &sl, double &tp);
};
