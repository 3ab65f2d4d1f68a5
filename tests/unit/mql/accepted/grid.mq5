#property copyright "Tester"
#property version   "2.10"
#include <Trade\Trade.mqh>
#include <Trade\DealInfo.mqh>
#include <Arrays\ArrayLong.mqh>
#include <Arrays\List.mqh>

enum ENUM_GRID_SIDE { GRID_BUY, GRID_SELL, GRID_BOTH };
enum ENUM_RISK { RISK_FIXED = 0, RISK_PERCENT = 1, RISK_KELLY = 2 };

input group "Grid"
input ENUM_GRID_SIDE  InpSide      = GRID_BOTH;
input int             InpLevels    = 6;
input double          InpStep      = 25.0;
input double          InpFactor    = 1.4;
input group "Money"
input ENUM_RISK       InpRisk      = RISK_PERCENT;
input double          InpPercent   = 0.5;
input double          InpLots      = 0.01;
input ulong           InpMagic     = 770001;
input group "Filter"
input ENUM_TIMEFRAMES InpTrendFrame = PERIOD_H4;
input ENUM_MA_METHOD  InpMethod    = MODE_EMA;
input ENUM_APPLIED_PRICE InpPrice  = PRICE_TYPICAL;
input string          InpHours     = "8-12;14-18";

struct Session
  {
   int               from;
   int               to;
   bool              Contains(const int hour) const { return(hour >= from && hour < to); }
  };

class CLevel : public CObject
  {
private:
   double            m_price;
   ulong             m_ticket;
   ENUM_ORDER_TYPE   m_type;
public:
                     CLevel(const double price, const ENUM_ORDER_TYPE type) : m_price(price), m_ticket(0), m_type(type) {}
   double            Price(void) const { return(m_price); }
   void              Ticket(const ulong ticket) { m_ticket = ticket; }
   ulong             Ticket(void) const { return(m_ticket); }
   virtual int       Compare(const CObject *node, const int mode = 0) const override
     {
      const CLevel *other = node;
      return(m_price > other.Price() ? 1 : m_price < other.Price() ? -1 : 0);
     }
   ENUM_ORDER_TYPE   Type1(void) const { return(m_type); }
  };

CTrade   trade;
CList    grid;
Session  sessions[];
int      trend = INVALID_HANDLE;
datetime last_bar = 0;
double   peak = 0.0;
static ulong started = 0;

//+------------------------------------------------------------------+
bool ParseSessions(string text, Session &found[])
  {
   string parts[];
   const int count = StringSplit(text, ';', parts);
   ArrayResize(found, 0);
   for(int i = 0; i < count; i++)
     {
      string hours[];
      if(StringSplit(parts[i], '-', hours) != 2)
         return(false);
      const int size = ArraySize(found);
      ArrayResize(found, size + 1);
      found[size].from = (int)StringToInteger(hours[0]);
      found[size].to   = (int)StringToInteger(hours[1]);
     }
   return(ArraySize(found) > 0);
  }

//+------------------------------------------------------------------+
double Normalized(double lots, const string symbol = NULL, bool up = false)
  {
   const string name = symbol == NULL ? _Symbol : symbol;
   const double step = SymbolInfoDouble(name, SYMBOL_VOLUME_STEP);
   const double low  = SymbolInfoDouble(name, SYMBOL_VOLUME_MIN);
   const double high = SymbolInfoDouble(name, SYMBOL_VOLUME_MAX);
   lots = (up ? MathCeil(lots / step) : MathFloor(lots / step)) * step;
   return(NormalizeDouble(fmax(low, fmin(high, lots)), 2));
  }

//+------------------------------------------------------------------+
double Lots(const int level, const double stop_points)
  {
   double lots = InpLots;
   switch(InpRisk)
     {
      case RISK_PERCENT:
        {
         const double money = AccountInfoDouble(ACCOUNT_BALANCE) * InpPercent / 100.0;
         const double value = SymbolInfoDouble(_Symbol, SYMBOL_TRADE_TICK_VALUE);
         const double size  = SymbolInfoDouble(_Symbol, SYMBOL_TRADE_TICK_SIZE);
         if(value <= 0 || size <= 0 || stop_points <= 0)
            return(0.0);
         lots = money / (stop_points * _Point / size * value);
         break;
        }
      case RISK_KELLY:
         lots *= 2;
      case RISK_FIXED:
      default:
         break;
     }
   return(Normalized(lots * MathPow(InpFactor, level)));
  }

//+------------------------------------------------------------------+
int TrendDirection()
  {
   double values[];
   ArraySetAsSeries(values, true);
   if(CopyBuffer(trend, 0, 0, 3, values) != 3)
      return(0);
   return(values[0] > values[2] ? 1 : (values[0] < values[2] ? -1 : 0));
  }

int OnInit()
  {
   if(!ParseSessions(InpHours, sessions))
      return(INIT_PARAMETERS_INCORRECT);
   trend = iMA(_Symbol, InpTrendFrame, 50, 0, InpMethod, InpPrice);
   if(trend == INVALID_HANDLE || InpLevels < 1)
     {
      PrintFormat("%s: error %d", __FUNCTION__, GetLastError());
      return(INIT_FAILED);
     }
   trade.SetExpertMagicNumber(InpMagic);
   trade.SetTypeFilling(ORDER_FILLING_IOC);
   trade.SetMarginMode();
   grid.FreeMode(true);
   started = GetTickCount64();
   EventSetTimer(60);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int reason)
  {
   grid.Clear();
   EventKillTimer();
   if(reason != REASON_PARAMETERS && reason != REASON_CHARTCHANGE)
      ObjectsDeleteAll(0, "grid_");
   IndicatorRelease(trend);
  }

bool IsNewBar()
  {
   datetime times[1];
   if(CopyTime(_Symbol, _Period, 0, 1, times) != 1 || times[0] == last_bar)
      return(false);
   last_bar = times[0];
   return(true);
  }

void OnTick()
  {
   MqlDateTime now = {};
   TimeToStruct(TimeCurrent(), now);
   bool open = false;
   for(int i = ArraySize(sessions) - 1; i >= 0 && !open; i--)
      open = sessions[i].Contains(now.hour);
   peak = MathMax(peak, AccountInfoDouble(ACCOUNT_EQUITY));
   const double drawdown = peak > 0 ? (peak - AccountInfoDouble(ACCOUNT_EQUITY)) / peak * 100 : 0;
   if(!open || drawdown > 20.0 || !IsNewBar())
      return;
   const int direction = TrendDirection();
   if(direction == 0)
      return;
   Build(direction > 0 ? ORDER_TYPE_BUY_LIMIT : ORDER_TYPE_SELL_LIMIT);
   Place();
  }

void Build(const ENUM_ORDER_TYPE type)
  {
   if((type == ORDER_TYPE_BUY_LIMIT && InpSide == GRID_SELL) || (type == ORDER_TYPE_SELL_LIMIT && InpSide == GRID_BUY))
      return;
   MqlTick tick;
   if(!SymbolInfoTick(_Symbol, tick))
      return;
   grid.Clear();
   const int sign = type == ORDER_TYPE_BUY_LIMIT ? -1 : 1;
   for(int level = 1; level <= InpLevels; ++level)
     {
      const double price = NormalizeDouble(tick.bid + sign * level * InpStep * _Point * 10, _Digits);
      grid.Add(new CLevel(price, type));
     }
   grid.Sort(0);
  }

void Place()
  {
   int level = 0;
   for(CLevel *node = grid.GetFirstNode(); node != NULL; node = grid.GetNextNode(), level++)
     {
      const double lots = Lots(level, InpStep * 10);
      if(lots <= 0)
         continue;
      if(trade.OrderOpen(_Symbol, node.Type1(), lots, 0.0, node.Price(), 0.0, 0.0, ORDER_TIME_GTC, 0, "grid " + (string)level))
         node.Ticket(trade.ResultOrder());
      else
         Print(trade.ResultRetcode(), ": ", trade.ResultRetcodeDescription());
      Mark("grid_" + IntegerToString(level), node.Price());
     }
  }

bool Mark(const string name, const double price, const color shade = clrDodgerBlue, const ENUM_LINE_STYLE style = STYLE_DOT)
  {
   if(ObjectFind(0, name) < 0 && !ObjectCreate(0, name, OBJ_HLINE, 0, 0, price))
      return(false);
   ObjectSetDouble(0, name, OBJPROP_PRICE, price);
   ObjectSetInteger(0, name, OBJPROP_COLOR, shade);
   ObjectSetInteger(0, name, OBJPROP_STYLE, style);
   ObjectSetInteger(0, name, OBJPROP_WIDTH, 1);
   return(true);
  }

void OnTimer()
  {
   if(!HistorySelect(TimeCurrent() - 7 * PeriodSeconds(PERIOD_D1), TimeCurrent()))
      return;
   CDealInfo deal;
   CArrayLong tickets;
   double profit = 0;
   for(int i = HistoryDealsTotal() - 1; i >= 0; i--)
     {
      if(!deal.SelectByIndex(i) || deal.Magic() != (long)InpMagic || deal.Entry() != DEAL_ENTRY_OUT)
         continue;
      profit += deal.Profit() + deal.Swap() + deal.Commission();
      tickets.Add((long)deal.Ticket());
     }
   Comment("week: ", DoubleToString(profit, 2), " deals ", tickets.Total(), " up ", (GetTickCount64() - started) / 1000, " s");
  }
