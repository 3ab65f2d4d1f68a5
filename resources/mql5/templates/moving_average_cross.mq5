//+------------------------------------------------------------------+
//| title: Moving average cross                                      |
//| keywords: moving average, ma, ema, sma, cross, crossover, golden |
//|           cross, trend following, two averages, macd             |
//| Buys when the fast average crosses above the slow one, sells on  |
//| the opposite cross. Stop and target in multiples of the ATR.     |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

input group "Signal"
input int            InpFastPeriod     = 20;       // Fast average, bars
input int            InpSlowPeriod     = 50;       // Slow average, bars
input ENUM_MA_METHOD InpMethod         = MODE_EMA; // Averaging method
input group "Risk"
input double         InpRiskPercent    = 1.0;      // Risk per trade, % of equity
input int            InpAtrPeriod      = 14;       // ATR, bars
input double         InpStopAtr        = 2.0;      // Stop, ATRs
input double         InpTargetAtr      = 4.0;      // Target, ATRs (0 = none)
input group "Guards"
input int            InpMaxSpread      = 30;       // Highest spread, points (0 = any)
input int            InpFromHour       = 7;        // Session from, server hour
input int            InpToHour         = 20;       // Session to, server hour
input long           InpMagic          = 510001;   // Magic number

CFepTrader trader;
int        fast_handle = INVALID_HANDLE;
int        slow_handle = INVALID_HANDLE;
int        atr_handle  = INVALID_HANDLE;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpFastPeriod < 2 || InpSlowPeriod <= InpFastPeriod || InpStopAtr <= 0.0)
     {
      Print("Inputs refused: the slow average must be longer than the fast one and the stop above 0.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpFromHour, InpToHour))
      return(INIT_PARAMETERS_INCORRECT);
   fast_handle = iMA(_Symbol, PERIOD_CURRENT, InpFastPeriod, 0, InpMethod, PRICE_CLOSE);
   slow_handle = iMA(_Symbol, PERIOD_CURRENT, InpSlowPeriod, 0, InpMethod, PRICE_CLOSE);
   atr_handle  = iATR(_Symbol, PERIOD_CURRENT, InpAtrPeriod);
   if(fast_handle == INVALID_HANDLE || slow_handle == INVALID_HANDLE || atr_handle == INVALID_HANDLE)
      return(INIT_FAILED);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
   IndicatorRelease(fast_handle);
   IndicatorRelease(slow_handle);
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
   if(!trader.NewBar())
      return;
   double fast[2], slow[2], atr[1];
   if(CopyBuffer(fast_handle, 0, 1, 2, fast) != 2 || CopyBuffer(slow_handle, 0, 1, 2, slow) != 2 ||
      CopyBuffer(atr_handle, 0, 1, 1, atr) != 1)
      return;
   const bool crossed_up   = fast[0] <= slow[0] && fast[1] > slow[1];
   const bool crossed_down = fast[0] >= slow[0] && fast[1] < slow[1];
   if(!crossed_up && !crossed_down)
      return;
   if(trader.Select())
     {
      const bool long_position = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
      if(long_position == crossed_up)
         return;
      trader.Close("opposite cross");
     }
   if(!trader.MayEnter())
      return;
   const double target = InpTargetAtr > 0.0 ? InpTargetAtr * atr[0] : 0.0;
   if(crossed_up)
      trader.Buy(trader.Ask() - InpStopAtr * atr[0], target > 0.0 ? trader.Ask() + target : 0.0, "MA cross buy");
   else
      trader.Sell(trader.Bid() + InpStopAtr * atr[0], target > 0.0 ? trader.Bid() - target : 0.0, "MA cross sell");
  }
//+------------------------------------------------------------------+
