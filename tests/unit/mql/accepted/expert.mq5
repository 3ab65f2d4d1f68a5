#property copyright "Tester"
#property version   "1.00"
#property strict
#property description "It's all \"ordinary\" MQL5"
#resource "\\Images\\euro.bmp"
#include <Trade\Trade.mqh>
#include <Trade\PositionInfo.mqh>
#include <Trade\SymbolInfo.mqh>
#include <Trade\AccountInfo.mqh>
#include <Trade\OrderInfo.mqh>
#include <Trade\DealInfo.mqh>
#include <Arrays\ArrayObj.mqh>
#include <Arrays\ArrayDouble.mqh>
#include <Arrays/ArrayString.mqh>
#define MAGIC 12345
#define PIPS(x) ((x) * 10 * _Point)
#define LOG(text)  \
   Print(__FUNCTION__, ": ", text)
#ifdef __MQL4__
#include <stdlib_of_mql4_only.mqh>
#endif
#ifdef __MQL5__
#define PLATFORM "MT5"
#else
#define PLATFORM "MT4"
#endif
#import "user32.dll"
int MessageBoxW(int window, string text, string caption, int type);
#import
#import "helpers.ex5"
double Helper(double &values[], int count);
#import

enum ENUM_MODE
  {
   MODE_FAST = 1,  // Fast
   MODE_SLOW = 10, // Slow
   MODE_OFF
  };

input group           "Trading"
input double          InpLots   = 0.10;                    // Lots
input ENUM_TIMEFRAMES InpFrame  = PERIOD_H1;               // Timeframe
input ENUM_MODE       InpMode   = MODE_FAST;               // Mode
input color           InpColor  = clrRed;                  // Colour
input color           InpOther  = C'255,128,0';
input datetime        InpFrom   = D'2024.01.01 00:00';     // From
input string          InpNote   = "it's a \"note\" // no"; // Note
sinput bool           InpAlerts = true;
input(name="Shown")   int InpShown = 5;

struct Level pack(4)
  {
   double            price;
   datetime          since;
   string            names[];
   int               counts[3];
                     Level() : price(0.0), since(0) {}
   void              Set(const double value) { price = value; since = TimeCurrent(); }
  };

struct Zone : public Level
  {
   double            width;
  };

union Bits
  {
   double            number;
   long              whole;
   uchar             bytes[8];
  };

interface IShape
  {
   double            Area(void);
  };

class CSignal
  {
private:
   double            m_values[];
   static int        s_count;
protected:
   string            m_name;
public:
                     CSignal(const string name = "signal") : m_name(name) { s_count++; }
   virtual          ~CSignal(void) { ArrayFree(m_values); }
   virtual int       Direction(void) = NULL;
   string            Name(void) const { return(m_name); }
   void              Add(const double value);
   double            At(const int index) const { return(m_values[index]); }
   static int        Count() { return(s_count); }
   CSignal          *Self() { return(GetPointer(this)); }
  };
int CSignal::s_count = 0;

void CSignal::Add(const double value)
  {
   int size = ArraySize(m_values);
   ArrayResize(m_values, size + 1, 16);
   m_values[size] = value;
  }

class CCross : public CSignal
  {
   CArrayObj        *m_children;
public:
                     CCross(void) : CSignal("cross"), m_children(NULL) { m_children = new CArrayObj; }
                    ~CCross(void) { delete m_children; }
   virtual int       Direction(void) override { return(this.At(0) > this.At(1) ? 1 : -1); }
   bool              operator<(const CCross &other) const { return(m_name < other.m_name); }
  };

template<typename T>
class CStack
  {
   T                 m_items[];
public:
   void              Push(T item);
   T                 Top(void) const { return(m_items[ArraySize(m_items) - 1]); }
  };

template<typename T>
void CStack::Push(T item)
  {
   const int size = ArraySize(m_items);
   ArrayResize(m_items, size + 1);
   m_items[size] = item;
  }

template<typename T>
T Largest(const T &values[])
  {
   T best = values[0];
   for(int i = 1; i < ArraySize(values); i++)
      if(values[i] > best)
         best = values[i];
   return(best);
  }

typedef double (*Formula)(double, double);
double Sum(double a, double b) { return(a + b); }

CTrade         trade;
CPositionInfo  position;
CSymbolInfo    symbol_info;
CAccountInfo   account;
COrderInfo     pending;
CDealInfo      deal;
CSignal       *signals[];
CStack<double> stack;
Level          levels[];
int            ma_handle = INVALID_HANDLE;
double         ma[], matrix_like[][3];
MqlTick        last_tick;

int OnInit()
  {
   ArraySetAsSeries(ma, true);
   ma_handle = iMA(_Symbol, InpFrame, 14, 0, MODE_SMA, PRICE_CLOSE);
   if(ma_handle == INVALID_HANDLE)
      return(INIT_FAILED);
   ArrayResize(signals, 1);
   signals[0] = new CCross();
   trade.SetExpertMagicNumber(MAGIC);
   EventSetTimer(1);
   EventSetMillisecondTimer(500);
   Later(1);
   const string table[2][2] = {{"a", "b"}, {"c", "d"}};
   Print(table[0][1] + " " + (string)MAGIC + PLATFORM + IntegerToString(5));
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int reason)
  {
   for(int i = ArraySize(signals) - 1; i >= 0; i--)
      if(CheckPointer(signals[i]) == POINTER_DYNAMIC)
         delete signals[i];
   IndicatorRelease(ma_handle);
   Comment("");
   EventKillTimer();
  }

void OnTick()
  {
   if(!SymbolInfoTick(_Symbol, last_tick) || CopyBuffer(ma_handle, 0, 0, 3, ma) < 3)
      return;
   MqlRates rates[];
   if(CopyRates(_Symbol, PERIOD_CURRENT, 0, 10, rates) != 10)
      return;
   double spread = (last_tick.ask - last_tick.bid) / _Point;
   switch(InpMode)
     {
      case MODE_FAST:
         spread *= 2;
         break;
      default:
         break;
     }
   string text = "spread " + DoubleToString(spread, 1) + " at " + TimeToString(rates[0].time, TIME_DATE | TIME_MINUTES);
   text += StringFormat(" %s %d", EnumToString(InpFrame), (int)spread);
   LOG(text);
   const bool buy = rates[9].close > ma[0] && signals[0].Direction() > 0;
   double sl = buy ? last_tick.bid - PIPS(20) : last_tick.ask + PIPS(20);
   if(PositionSelect(_Symbol) && PositionGetInteger(POSITION_MAGIC) == MAGIC)
      trade.PositionModify(_Symbol, sl, 0.0);
   else
      if(buy)
         trade.Buy(InpLots, _Symbol, 0.0, sl, 0.0, "note");
      else
         trade.Sell(InpLots, NULL, 0, sl);
   do
      spread--;
   while(spread > 0);
   uint flags = 0xFF;
   flags &= ~(1 << 3);
   ulong ticket = OrderGetTicket(0);
   if(ticket > 0 && OrderSelect(ticket))
      trade.OrderDelete(ticket);
   datetime day = TimeCurrent() - TimeCurrent() % 86400;
   if(day > InpFrom && TimeCurrent() - day < 3600)
      Print(day);
  }

void OnTimer() { Print(Largest(ma), " ", CSignal::Count(), " ", AccountInfoDouble(ACCOUNT_EQUITY)); }
void OnTrade() { HistorySelect(0, TimeCurrent()); Print(HistoryDealsTotal()); }
void OnTradeTransaction(const MqlTradeTransaction &trans, const MqlTradeRequest &request, const MqlTradeResult &result)
  {
   if(trans.type == TRADE_TRANSACTION_DEAL_ADD && HistoryDealSelect(trans.deal))
      PrintFormat("%I64u %.2f", trans.deal, HistoryDealGetDouble(trans.deal, DEAL_PROFIT));
  }
void OnBookEvent(const string &symbol) { MqlBookInfo book[]; if(MarketBookGet(symbol, book)) Print(book[0].price); }
double OnTester() { return(TesterStatistics(STAT_PROFIT)); }
int OnTesterInit() { return(INIT_SUCCEEDED); }
void OnTesterPass() {}
void OnTesterDeinit() {}
void OnChartEvent(const int id, const long &lparam, const double &dparam, const string &sparam)
  {
   if(id == CHARTEVENT_OBJECT_CLICK && sparam == "button")
      ObjectSetInteger(0, sparam, OBJPROP_STATE, false);
   if(id == CHARTEVENT_KEYDOWN && lparam == 27)
      ObjectsDeleteAll(0, "mine", -1, -1);
  }

void Later(const int level)
  {
   MqlTradeRequest request = {};
   MqlTradeResult result = {};
   ZeroMemory(request);
   request.action = TRADE_ACTION_DEAL;
   request.symbol = _Symbol;
   request.type = ORDER_TYPE_BUY;
   request.type_filling = (ENUM_ORDER_TYPE_FILLING)level;
   if(!OrderSend(request, result))
      Print(result.retcode, " ", result.comment, " ", GetLastError());
   MqlDateTime now;
   TimeToStruct(TimeLocal(), now);
   Bits bits;
   bits.number = now.hour + 1.5;
   Zone zone;
   zone.Set(bits.number);
   Formula formula = Sum;
   Print(formula(zone.price, 2), " ", zone.width);
  }

void FilesAndCharts()
  {
   int file = FileOpen("data\\prices.csv", FILE_READ | FILE_CSV | FILE_ANSI, ',');
   while(file != INVALID_HANDLE && !FileIsEnding(file))
      Print(FileReadString(file), FileReadNumber(file));
   FileClose(file);
   file = FileOpen("data.bin", FILE_WRITE | FILE_BIN | FILE_COMMON);
   FileWrite(file, "a", 1, 2.5, TimeCurrent());
   FileWriteStruct(file, last_tick);
   uchar bytes[];
   StringToCharArray("text", bytes, 0, WHOLE_ARRAY, CP_UTF8);
   FileWriteArray(file, bytes, 0, ArraySize(bytes));
   FileFlush(file);
   FileClose(file);
   string name;
   long search = FileFindFirst("*.csv", name);
   if(search != INVALID_HANDLE)
      FileFindClose(search);
   long chart = ChartOpen("EURUSD", PERIOD_M15);
   ChartSetInteger(chart, CHART_SHOW_GRID, false);
   ChartSetInteger(chart, CHART_COLOR_BACKGROUND, clrBlack);
   ChartRedraw(chart);
   if(ObjectCreate(0, "line", OBJ_HLINE, 0, 0, 1.1) && ObjectCreate(0, "t", OBJ_TREND, 0, D'2024.01.01', 1.1, TimeCurrent(), 1.2))
      ObjectSetInteger(0, "line", OBJPROP_COLOR, InpColor);
   ObjectSetString(0, "line", OBJPROP_TEXT, "level");
   ObjectSetDouble(0, "line", OBJPROP_PRICE, 0, 1.2);
   GlobalVariableSet("last", 1.0);
   string parts[];
   ushort separator = StringGetCharacter(";", 0);
   int count = StringSplit("a;b", separator, parts);
   StringReplace(name, "a", "b");
   for(int i = 0; i < count; i++)
      if(parts[i] == "a" || StringFind(parts[i], "b") >= 0)
         continue;
   int numbers[] = {3, 1, 2};
   ArraySort(numbers);
   ArrayPrint(numbers);
   Alert("done ", count, " ", numbers[0]);
   Sleep(10);
   if(IsStopped() || _StopFlag)
      ExpertRemove();
  }
