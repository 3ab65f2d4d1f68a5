//+------------------------------------------------------------------+
//| ForexElite Pro: one careful trader for one symbol and one magic  |
//|                                                                  |
//| Every order carries a stop. Lots come from the risk in percent   |
//| of equity and the stop's distance, rounded down to the volume    |
//| step. Spread, session and permission are checked before entries. |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"

#include <Trade\Trade.mqh>

class CFepTrader
  {
private:
   CTrade            m_trade;
   string            m_symbol;
   long              m_magic;
   double            m_risk_percent;
   int               m_max_spread;
   int               m_from_hour;
   int               m_to_hour;
   datetime          m_last_bar;

   double            Snap(const double price) const;
   double            SafeStop(const ENUM_ORDER_TYPE type, const double price, const double stop) const;
   bool              Send(const ENUM_ORDER_TYPE type, const double stop, const double target, const string comment);

public:
                     CFepTrader(void);
   bool              Init(const long magic, const double risk_percent, const int max_spread_points,
                          const int from_hour, const int to_hour);
   double            Ask(void) const { return(SymbolInfoDouble(m_symbol, SYMBOL_ASK)); }
   double            Bid(void) const { return(SymbolInfoDouble(m_symbol, SYMBOL_BID)); }
   bool              NewBar(void);
   bool              SessionOpen(void) const;
   bool              SpreadAllowed(void) const;
   bool              MayEnter(void) const;
   bool              Select(void) const;
   double            Lots(const ENUM_ORDER_TYPE type, const double price, const double stop) const;
   bool              Buy(const double stop, const double target, const string comment);
   bool              Sell(const double stop, const double target, const string comment);
   bool              Trail(const double distance);
   void              Close(const string reason);
  };

//+------------------------------------------------------------------+
CFepTrader::CFepTrader(void) : m_symbol(""), m_magic(0), m_risk_percent(0.0), m_max_spread(0), m_from_hour(0),
   m_to_hour(0), m_last_bar(0)
  {
  }

//+------------------------------------------------------------------+
//| Takes the guards; false with a printed reason if they are absurd |
//+------------------------------------------------------------------+
bool CFepTrader::Init(const long magic, const double risk_percent, const int max_spread_points, const int from_hour,
                      const int to_hour)
  {
   if(magic <= 0 || risk_percent <= 0.0 || risk_percent > 10.0)
     {
      Print("Inputs refused: the magic number must be above 0 and the risk between 0 and 10 percent.");
      return(false);
     }
   if(from_hour < 0 || from_hour > 23 || to_hour < 0 || to_hour > 24)
     {
      Print("Inputs refused: session hours must lie between 0 and 24.");
      return(false);
     }
   m_symbol       = _Symbol;
   m_magic        = magic;
   m_risk_percent = risk_percent;
   m_max_spread   = max_spread_points;
   m_from_hour    = from_hour;
   m_to_hour      = to_hour;
   m_trade.SetExpertMagicNumber((ulong)magic);
   m_trade.SetDeviationInPoints(20);
   m_trade.SetTypeFillingBySymbol(m_symbol);
   m_trade.LogLevel(LOG_LEVEL_ERRORS);
   return(true);
  }

//+------------------------------------------------------------------+
//| True once per bar of the chart                                   |
//+------------------------------------------------------------------+
bool CFepTrader::NewBar(void)
  {
   const datetime bar = iTime(m_symbol, PERIOD_CURRENT, 0);
   if(bar == 0 || bar == m_last_bar)
      return(false);
   m_last_bar = bar;
   return(true);
  }

//+------------------------------------------------------------------+
//| Server hours [from, to), over midnight too; equal means always   |
//+------------------------------------------------------------------+
bool CFepTrader::SessionOpen(void) const
  {
   if(m_from_hour == m_to_hour)
      return(true);
   MqlDateTime now;
   TimeToStruct(TimeCurrent(), now);
   if(m_from_hour < m_to_hour)
      return(now.hour >= m_from_hour && now.hour < m_to_hour);
   return(now.hour >= m_from_hour || now.hour < m_to_hour);
  }

//+------------------------------------------------------------------+
bool CFepTrader::SpreadAllowed(void) const
  {
   return(m_max_spread <= 0 || SymbolInfoInteger(m_symbol, SYMBOL_SPREAD) <= m_max_spread);
  }

//+------------------------------------------------------------------+
//| Permission, session and spread                                   |
//+------------------------------------------------------------------+
bool CFepTrader::MayEnter(void) const
  {
   if(!TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) || !MQLInfoInteger(MQL_TRADE_ALLOWED))
      return(false);
   return(SessionOpen() && SpreadAllowed());
  }

//+------------------------------------------------------------------+
//| Selects this EA's position on the symbol, if there is one        |
//+------------------------------------------------------------------+
bool CFepTrader::Select(void) const
  {
   for(int i = PositionsTotal() - 1; i >= 0; i--)
     {
      if(PositionGetTicket(i) == 0)
         continue;
      if(PositionGetString(POSITION_SYMBOL) == m_symbol && PositionGetInteger(POSITION_MAGIC) == m_magic)
         return(true);
     }
   return(false);
  }

//+------------------------------------------------------------------+
//| Price on the symbol's tick grid                                  |
//+------------------------------------------------------------------+
double CFepTrader::Snap(const double price) const
  {
   const double tick   = SymbolInfoDouble(m_symbol, SYMBOL_TRADE_TICK_SIZE);
   const int    digits = (int)SymbolInfoInteger(m_symbol, SYMBOL_DIGITS);
   return(NormalizeDouble(tick > 0.0 ? MathRound(price / tick) * tick : price, digits));
  }

//+------------------------------------------------------------------+
//| The stop, moved away where it is nearer than the broker allows   |
//+------------------------------------------------------------------+
double CFepTrader::SafeStop(const ENUM_ORDER_TYPE type, const double price, const double stop) const
  {
   const double point = SymbolInfoDouble(m_symbol, SYMBOL_POINT);
   const double least = ((double)SymbolInfoInteger(m_symbol, SYMBOL_TRADE_STOPS_LEVEL) + 1.0) * point + (Ask() - Bid());
   return(Snap(type == ORDER_TYPE_BUY ? MathMin(stop, price - least) : MathMax(stop, price + least)));
  }

//+------------------------------------------------------------------+
//| Lots that lose the risk at the stop; 0 when even the minimum is  |
//| too much or the margin does not suffice                          |
//+------------------------------------------------------------------+
double CFepTrader::Lots(const ENUM_ORDER_TYPE type, const double price, const double stop) const
  {
   double loss = 0.0;
   if(!OrderCalcProfit(type, m_symbol, 1.0, price, stop, loss) || loss >= 0.0)
      return(0.0);
   const double step    = SymbolInfoDouble(m_symbol, SYMBOL_VOLUME_STEP);
   const double minimum = SymbolInfoDouble(m_symbol, SYMBOL_VOLUME_MIN);
   const double maximum = SymbolInfoDouble(m_symbol, SYMBOL_VOLUME_MAX);
   const double money   = AccountInfoDouble(ACCOUNT_EQUITY) * m_risk_percent / 100.0;
   if(step <= 0.0)
      return(0.0);
   double lots = MathFloor(MathMin(money / -loss, maximum) / step + 1e-9) * step;
   const double limit = SymbolInfoDouble(m_symbol, SYMBOL_VOLUME_LIMIT);
   if(limit > 0.0)
      lots = MathMin(lots, limit);
   lots = NormalizeDouble(lots, 8);
   if(lots < minimum)
      return(0.0);
   double margin = 0.0;
   if(!OrderCalcMargin(type, m_symbol, lots, price, margin) || margin > AccountInfoDouble(ACCOUNT_MARGIN_FREE))
      return(0.0);
   return(lots);
  }

//+------------------------------------------------------------------+
bool CFepTrader::Send(const ENUM_ORDER_TYPE type, const double stop, const double target, const string comment)
  {
   const double price = type == ORDER_TYPE_BUY ? Ask() : Bid();
   if(price <= 0.0 || stop <= 0.0)
      return(false);
   const double sl   = SafeStop(type, price, stop);
   const double tp   = target > 0.0 ? Snap(target) : 0.0;
   const double lots = Lots(type, price, sl);
   if(lots <= 0.0)
     {
      PrintFormat("No entry: %.2f%% of the equity or the free margin is too little for the smallest volume.",
                  m_risk_percent);
      return(false);
     }
   if(!m_trade.PositionOpen(m_symbol, type, lots, price, sl, tp, comment))
      return(false);
   PrintFormat("%s %.2f lots at %s, stop %s", comment, lots, DoubleToString(price, _Digits), DoubleToString(sl, _Digits));
   return(true);
  }

//+------------------------------------------------------------------+
bool CFepTrader::Buy(const double stop, const double target, const string comment)
  {
   return(Send(ORDER_TYPE_BUY, stop, target, comment));
  }

//+------------------------------------------------------------------+
bool CFepTrader::Sell(const double stop, const double target, const string comment)
  {
   return(Send(ORDER_TYPE_SELL, stop, target, comment));
  }

//+------------------------------------------------------------------+
//| Follows the price with the stop, never backwards                 |
//+------------------------------------------------------------------+
bool CFepTrader::Trail(const double distance)
  {
   if(distance <= 0.0 || !Select())
      return(false);
   const bool   buy  = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
   const double from = buy ? Bid() : Ask();
   const double old  = PositionGetDouble(POSITION_SL);
   const double sl   = SafeStop(buy ? ORDER_TYPE_BUY : ORDER_TYPE_SELL, from, buy ? from - distance : from + distance);
   const double gain = buy ? sl - old : old - sl;
   if(old > 0.0 && gain < 5.0 * SymbolInfoDouble(m_symbol, SYMBOL_POINT))
      return(false);
   return(m_trade.PositionModify((ulong)PositionGetInteger(POSITION_TICKET), sl, PositionGetDouble(POSITION_TP)));
  }

//+------------------------------------------------------------------+
//| Closes this EA's positions on the symbol                         |
//+------------------------------------------------------------------+
void CFepTrader::Close(const string reason)
  {
   for(int i = PositionsTotal() - 1; i >= 0; i--)
     {
      const ulong ticket = PositionGetTicket(i);
      if(ticket == 0 || PositionGetString(POSITION_SYMBOL) != m_symbol || PositionGetInteger(POSITION_MAGIC) != m_magic)
         continue;
      if(m_trade.PositionClose(ticket))
         PrintFormat("Closed position %I64u: %s", ticket, reason);
     }
  }
//+------------------------------------------------------------------+
