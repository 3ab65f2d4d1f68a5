//+------------------------------------------------------------------+
//| title: Bollinger fade                                            |
//| keywords: bollinger, bands, fade, reversal, volatility, range,   |
//|           touch of the band, standard deviation                  |
//| Trades back towards the middle after a close outside a Bollinger |
//| band, unless the bands widen fast. Target at the middle line.    |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

enum ENUM_FADE_SIDE
  {
   FADE_BOTH = 0, // Both sides
   FADE_BUY  = 1, // Buy only
   FADE_SELL = 2  // Sell only
  };

input group "Signal"
input int            InpPeriod      = 20;        // Bands, bars
input double         InpDeviation   = 2.0;       // Bands, deviations
input double         InpMaxWidening = 1.5;       // No entry when the bands widened more than this times
input ENUM_FADE_SIDE InpSide        = FADE_BOTH; // Sides to trade
input group "Risk"
input double         InpRiskPercent = 0.5;       // Risk per trade, % of equity
input double         InpStopWidth   = 0.5;       // Stop, half band widths beyond the price
input group "Guards"
input int            InpMaxSpread   = 25;        // Highest spread, points (0 = any)
input int            InpFromHour    = 20;        // Session from, server hour
input int            InpToHour      = 6;         // Session to, server hour
input long           InpMagic       = 510004;    // Magic number

CFepTrader trader;
int        bands_handle = INVALID_HANDLE;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpPeriod < 5 || InpDeviation <= 0.0 || InpStopWidth <= 0.0 || InpMaxWidening <= 1.0)
     {
      Print("Inputs refused: at least 5 bars, deviations and stop above 0, widening above 1.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpFromHour, InpToHour))
      return(INIT_PARAMETERS_INCORRECT);
   bands_handle = iBands(_Symbol, PERIOD_CURRENT, InpPeriod, 0, InpDeviation, PRICE_CLOSE);
   if(bands_handle == INVALID_HANDLE)
      return(INIT_FAILED);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
   IndicatorRelease(bands_handle);
  }

//+------------------------------------------------------------------+
void OnTimer()
  {
   HeartbeatBeat();
  }

//+------------------------------------------------------------------+
void OnTick()
  {
   HeartbeatBeat();
   if(!trader.NewBar() || trader.Select() || !trader.MayEnter())
      return;
   double middle[], upper[], lower[];
   const int count = InpPeriod + 1;
   if(CopyBuffer(bands_handle, BASE_LINE, 1, count, middle) != count ||
      CopyBuffer(bands_handle, UPPER_BAND, 1, count, upper) != count ||
      CopyBuffer(bands_handle, LOWER_BAND, 1, count, lower) != count)
      return;
   const int last = count - 1;
   const double half_width = (upper[last] - lower[last]) / 2.0;
   const double before     = (upper[0] - lower[0]) / 2.0;
   if(half_width <= 0.0 || half_width > InpMaxWidening * before)
      return;
   const double close = iClose(_Symbol, PERIOD_CURRENT, 1);
   if(close < lower[last] && InpSide != FADE_SELL && trader.Ask() < middle[last])
      trader.Buy(trader.Ask() - InpStopWidth * half_width, middle[last], "Bollinger buy");
   if(close > upper[last] && InpSide != FADE_BUY && trader.Bid() > middle[last])
      trader.Sell(trader.Bid() + InpStopWidth * half_width, middle[last], "Bollinger sell");
  }
//+------------------------------------------------------------------+
