//+------------------------------------------------------------------+
//| title: London breakout                                           |
//| keywords: london, breakout, session, asian range, opening range, |
//|           range breakout, morning, box                           |
//| Measures the range of the quiet hours, then trades the first     |
//| break out of it. Stop at the other side, one trade a day, flat   |
//| in the evening.                                                  |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property version   "1.00"

#include <ForexElite\Trader.mqh>
#include <ForexElite\Heartbeat.mqh>

input group "Signal"
input int    InpRangeFrom   = 0;      // Range from, server hour
input int    InpRangeTo     = 8;      // Range to and entries from, server hour
input int    InpEntryTo     = 12;     // No entries from, server hour
input int    InpFlatHour    = 20;     // Close all at, server hour
input int    InpBuffer      = 20;     // Distance beyond the range, points
input int    InpMinRange    = 100;    // Smallest range, points
input int    InpMaxRange    = 800;    // Largest range, points
input group "Risk"
input double InpRiskPercent = 1.0;    // Risk per trade, % of equity
input double InpTargetR     = 1.5;    // Target, multiples of the risk
input group "Guards"
input int    InpMaxSpread   = 25;     // Highest spread, points (0 = any)
input long   InpMagic       = 510002; // Magic number

CFepTrader trader;
datetime   traded_day = 0;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(InpRangeFrom < 0 || InpRangeTo <= InpRangeFrom || InpEntryTo <= InpRangeTo || InpFlatHour < InpEntryTo ||
      InpTargetR <= 0.0)
     {
      Print("Inputs refused: the hours must follow each other: range from, range to, entries to, flat.");
      return(INIT_PARAMETERS_INCORRECT);
     }
   if(!trader.Init(InpMagic, InpRiskPercent, InpMaxSpread, InpRangeTo, InpEntryTo))
      return(INIT_PARAMETERS_INCORRECT);
   HeartbeatInit(InpMagic);
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   HeartbeatStop();
  }

//+------------------------------------------------------------------+
void OnTimer()
  {
   HeartbeatBeat();
  }

//+------------------------------------------------------------------+
//| Highest and lowest price of the quiet hours of a day             |
//+------------------------------------------------------------------+
bool RangeOf(const datetime day, double &high, double &low)
  {
   MqlRates rates[];
   const datetime from = day + InpRangeFrom * 3600;
   const datetime to   = day + InpRangeTo * 3600 - 1;
   const int count = CopyRates(_Symbol, PERIOD_M15, from, to, rates);
   if(count < 4)
      return(false);
   high = rates[0].high;
   low  = rates[0].low;
   for(int i = 1; i < count; i++)
     {
      high = MathMax(high, rates[i].high);
      low  = MathMin(low, rates[i].low);
     }
   const double points = (high - low) / _Point;
   return(points >= InpMinRange && points <= InpMaxRange);
  }

//+------------------------------------------------------------------+
void OnTick()
  {
   HeartbeatBeat();
   MqlDateTime now;
   const datetime current = TimeCurrent(now);
   const datetime day = current - current % 86400;
   if(now.hour >= InpFlatHour)
     {
      if(trader.Select())
         trader.Close("end of the day");
      return;
     }
   if(traded_day == day || trader.Select() || !trader.MayEnter())
      return;
   double high = 0.0, low = 0.0;
   if(!RangeOf(day, high, low))
      return;
   const double buffer = InpBuffer * _Point;
   if(trader.Ask() > high + buffer)
     {
      const double stop = low - buffer;
      if(trader.Buy(stop, trader.Ask() + InpTargetR * (trader.Ask() - stop), "London breakout buy"))
         traded_day = day;
     }
   else
      if(trader.Bid() < low - buffer)
        {
         const double stop = high + buffer;
         if(trader.Sell(stop, trader.Bid() - InpTargetR * (stop - trader.Bid()), "London breakout sell"))
            traded_day = day;
        }
  }
//+------------------------------------------------------------------+
