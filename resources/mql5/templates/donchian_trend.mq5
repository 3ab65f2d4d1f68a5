//+------------------------------------------------------------------+
//| title: Donchian trend (turtle)                                   |
//| keywords: donchian, turtle, channel, trend, breakout of the      |
//|           highest high, new high, new low, momentum              |
//| Enters on a close beyond the highest high or lowest low of many  |
//| bars, leaves on the opposite extreme of fewer bars.              |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

input group "Signal"
input int    InpEntryBars   = 55;     // Entry channel, bars
input int    InpExitBars    = 20;     // Exit channel, bars
input group "Risk"
input double InpRiskPercent = 1.0;    // Risk per trade, % of equity
input int    InpAtrPeriod   = 20;     // ATR, bars
input double InpStopAtr     = 2.0;    // Stop, ATRs
input group "Guards"
input int    InpMaxSpread   = 40;     // Highest spread, points (0 = any)
input int    InpFromHour    = 0;      // Session from, server hour
input int    InpToHour      = 0;      // Session to, server hour (same = all day)
input long   InpMagic       = 510005; // Magic number

CFepTrader trader;
int        atr_handle = INVALID_HANDLE;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpExitBars < 2 || InpEntryBars <= InpExitBars || InpStopAtr <= 0.0)
     {
      Print("Inputs refused: the entry channel must be longer than the exit channel and the stop above 0.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpFromHour, InpToHour))
      return(INIT_PARAMETERS_INCORRECT);
   atr_handle = iATR(_Symbol, PERIOD_CURRENT, InpAtrPeriod);
   if(atr_handle == INVALID_HANDLE)
      return(INIT_FAILED);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
   IndicatorRelease(atr_handle);
  }

//+------------------------------------------------------------------+
void OnTimer()
  {
   HeartbeatBeat();
  }

//+------------------------------------------------------------------+
//| Channel of the bars before the last closed one                   |
//+------------------------------------------------------------------+
bool Channel(const int bars, double &high, double &low)
  {
   double highs[], lows[];
   if(CopyHigh(_Symbol, PERIOD_CURRENT, 2, bars, highs) != bars || CopyLow(_Symbol, PERIOD_CURRENT, 2, bars, lows) != bars)
      return(false);
   high = highs[ArrayMaximum(highs)];
   low  = lows[ArrayMinimum(lows)];
   return(true);
  }

//+------------------------------------------------------------------+
void OnTick()
  {
   HeartbeatBeat();
   if(!trader.NewBar())
      return;
   double high = 0.0, low = 0.0;
   const double close = iClose(_Symbol, PERIOD_CURRENT, 1);
   if(trader.Select())
     {
      if(!Channel(InpExitBars, high, low))
         return;
      const bool long_position = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
      if(long_position ? close < low : close > high)
         trader.Close("exit channel broken");
      return;
     }
   double atr[1];
   if(!trader.MayEnter() || !Channel(InpEntryBars, high, low) || CopyBuffer(atr_handle, 0, 1, 1, atr) != 1)
      return;
   if(close > high)
      trader.Buy(trader.Ask() - InpStopAtr * atr[0], 0.0, "Donchian buy");
   else
      if(close < low)
         trader.Sell(trader.Bid() + InpStopAtr * atr[0], 0.0, "Donchian sell");
  }
//+------------------------------------------------------------------+
