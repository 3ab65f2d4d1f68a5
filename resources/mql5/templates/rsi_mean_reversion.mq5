//+------------------------------------------------------------------+
//| title: RSI mean reversion                                        |
//| keywords: rsi, mean reversion, oversold, overbought, oscillator, |
//|           relative strength, pullback, dip                       |
//| Buys when the RSI comes back up out of oversold in an uptrend,   |
//| sells when it comes down out of overbought in a downtrend. Out   |
//| at the middle of the RSI.                                        |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

input group "Signal"
input int    InpRsiPeriod   = 14;     // RSI, bars
input double InpOversold    = 30.0;   // Oversold level
input double InpOverbought  = 70.0;   // Overbought level
input double InpExitLevel   = 50.0;   // Exit level
input int    InpTrendPeriod = 200;    // Trend average, bars (0 = no filter)
input group "Risk"
input double InpRiskPercent = 1.0;    // Risk per trade, % of equity
input int    InpAtrPeriod   = 14;     // ATR, bars
input double InpStopAtr     = 2.0;    // Stop, ATRs
input group "Guards"
input int    InpMaxSpread   = 30;     // Highest spread, points (0 = any)
input int    InpFromHour    = 0;      // Session from, server hour
input int    InpToHour      = 0;      // Session to, server hour (same = all day)
input long   InpMagic       = 510003; // Magic number

CFepTrader trader;
int        rsi_handle   = INVALID_HANDLE;
int        atr_handle   = INVALID_HANDLE;
int        trend_handle = INVALID_HANDLE;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpRsiPeriod < 2 || InpOversold <= 0.0 || InpOversold >= InpExitLevel || InpExitLevel >= InpOverbought ||
      InpOverbought >= 100.0 || InpStopAtr <= 0.0)
     {
      Print("Inputs refused: the levels must rise from oversold over the exit to overbought, within 0 and 100.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpFromHour, InpToHour))
      return(INIT_PARAMETERS_INCORRECT);
   rsi_handle = iRSI(_Symbol, PERIOD_CURRENT, InpRsiPeriod, PRICE_CLOSE);
   atr_handle = iATR(_Symbol, PERIOD_CURRENT, InpAtrPeriod);
   if(InpTrendPeriod > 0)
      trend_handle = iMA(_Symbol, PERIOD_CURRENT, InpTrendPeriod, 0, MODE_SMA, PRICE_CLOSE);
   if(rsi_handle == INVALID_HANDLE || atr_handle == INVALID_HANDLE ||
      (InpTrendPeriod > 0 && trend_handle == INVALID_HANDLE))
      return(INIT_FAILED);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
   IndicatorRelease(rsi_handle);
   IndicatorRelease(atr_handle);
   if(trend_handle != INVALID_HANDLE)
      IndicatorRelease(trend_handle);
  }

//+------------------------------------------------------------------+
void OnTimer()
  {
   HeartbeatBeat();
  }

//+------------------------------------------------------------------+
//| 1 in an uptrend, -1 in a downtrend, 0 when not known             |
//+------------------------------------------------------------------+
int Trend()
  {
   double average[1];
   if(CopyBuffer(trend_handle, 0, 1, 1, average) != 1)
      return(0);
   return(iClose(_Symbol, PERIOD_CURRENT, 1) > average[0] ? 1 : -1);
  }

//+------------------------------------------------------------------+
void OnTick()
  {
   HeartbeatBeat();
   if(!trader.NewBar())
      return;
   double rsi[2], atr[1];
   if(CopyBuffer(rsi_handle, 0, 1, 2, rsi) != 2 || CopyBuffer(atr_handle, 0, 1, 1, atr) != 1)
      return;
   if(trader.Select())
     {
      const bool long_position = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
      if(long_position ? rsi[1] >= InpExitLevel : rsi[1] <= InpExitLevel)
         trader.Close("RSI back at the middle");
      return;
     }
   if(!trader.MayEnter())
      return;
   const bool up   = rsi[0] < InpOversold && rsi[1] >= InpOversold;
   const bool down = rsi[0] > InpOverbought && rsi[1] <= InpOverbought;
   if(up && (InpTrendPeriod == 0 || Trend() > 0))
      trader.Buy(trader.Ask() - InpStopAtr * atr[0], 0.0, "RSI buy");
   if(down && (InpTrendPeriod == 0 || Trend() < 0))
      trader.Sell(trader.Bid() + InpStopAtr * atr[0], 0.0, "RSI sell");
  }
//+------------------------------------------------------------------+
