//+------------------------------------------------------------------+
//| title: ATR trailing trend rider                                  |
//| keywords: atr, trailing stop, trail, trend, adx, ride, momentum, |
//|           chandelier, supertrend                                 |
//| Enters with the direction of a strong trend (ADX) and follows it |
//| with a stop that trails the price by a multiple of the ATR.      |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

input group "Signal"
input int    InpAdxPeriod   = 14;     // ADX, bars
input double InpMinAdx      = 25.0;   // Smallest ADX for an entry
input group "Risk"
input double InpRiskPercent = 1.0;    // Risk per trade, % of equity
input int    InpAtrPeriod   = 14;     // ATR, bars
input double InpTrailAtr    = 3.0;    // Stop and trail, ATRs
input group "Guards"
input int    InpMaxSpread   = 30;     // Highest spread, points (0 = any)
input int    InpFromHour    = 8;      // Session from, server hour
input int    InpToHour      = 18;     // Session to, server hour
input long   InpMagic       = 510006; // Magic number

CFepTrader trader;
int        adx_handle = INVALID_HANDLE;
int        atr_handle = INVALID_HANDLE;
double     trail      = 0.0;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpAdxPeriod < 2 || InpMinAdx <= 0.0 || InpTrailAtr <= 0.0)
     {
      Print("Inputs refused: ADX period, smallest ADX and trail must be above 0.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpFromHour, InpToHour))
      return(INIT_PARAMETERS_INCORRECT);
   adx_handle = iADX(_Symbol, PERIOD_CURRENT, InpAdxPeriod);
   atr_handle = iATR(_Symbol, PERIOD_CURRENT, InpAtrPeriod);
   if(adx_handle == INVALID_HANDLE || atr_handle == INVALID_HANDLE)
      return(INIT_FAILED);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
   IndicatorRelease(adx_handle);
   IndicatorRelease(atr_handle);
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
   if(trader.NewBar())
      OnBar();
   trader.Trail(trail);
  }

//+------------------------------------------------------------------+
//| Once a bar: the trail's width, then the entry                    |
//+------------------------------------------------------------------+
void OnBar()
  {
   double atr[1];
   if(CopyBuffer(atr_handle, 0, 1, 1, atr) != 1)
      return;
   trail = InpTrailAtr * atr[0];
   if(trader.Select() || !trader.MayEnter())
      return;
   double adx[2], plus[2], minus[2];
   if(CopyBuffer(adx_handle, MAIN_LINE, 1, 2, adx) != 2 || CopyBuffer(adx_handle, PLUSDI_LINE, 1, 2, plus) != 2 ||
      CopyBuffer(adx_handle, MINUSDI_LINE, 1, 2, minus) != 2)
      return;
   if(adx[1] < InpMinAdx || adx[1] <= adx[0])
      return;
   if(plus[1] > minus[1])
      trader.Buy(trader.Ask() - trail, 0.0, "Trend buy");
   else
      trader.Sell(trader.Bid() + trail, 0.0, "Trend sell");
  }
//+------------------------------------------------------------------+
