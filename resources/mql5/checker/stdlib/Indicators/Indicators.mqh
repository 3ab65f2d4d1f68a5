// Declarations for the checker: made by packaging/mql_classes.py.
#include <Arrays\ArrayObj.mqh>
#include <Indicators\Indicator.mqh>
#include <Indicators\Trend.mqh>
#include <Indicators\Oscilators.mqh>
#include <Indicators\Volumes.mqh>
#include <Indicators\BillWilliams.mqh>
#include <Indicators\Custom.mqh>
#include <Indicators\TimeSeries.mqh>
class CIndicators : public CArrayObj
{
 public:
   CIndicators(void);
   CIndicator* Create(const string symbol, const ENUM_TIMEFRAMES period, const ENUM_INDICATOR type, const int count, const MqlParam &params[]);
   int Refresh();
};
