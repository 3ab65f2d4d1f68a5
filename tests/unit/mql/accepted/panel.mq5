#property copyright   "Tester"
#property description "Buttons, a canvas of labels, files and the calendar"
#resource "\\Sounds\\ok.wav"
#define PREFIX "panel_"
#define ROWS   3
#define BUTTON(name, row) CreateButton(PREFIX + name, name, 10, 20 + (row) * 24)
#undef  UNUSED_MACRO
#ifndef __PANEL__
#define __PANEL__
#endif

input bool   ShowCalendar = true;
input color  Back         = C'30,30,40';
input string Currency     = "USD";

enum ENUM_PANEL_COMMAND { COMMAND_NONE = -1, COMMAND_BUY, COMMAND_SELL, COMMAND_CLOSE };

struct Setting
  {
   string            key;
   double            value;
   datetime          changed;
  };

interface IListener
  {
   bool              Handle(const ENUM_PANEL_COMMAND command);
   string            Name(void);
  };

class CTrader : public IListener
  {
   int               m_count[COMMAND_CLOSE + 1];
public:
                     CTrader() { ArrayInitialize(m_count, 0); }
   virtual bool      Handle(const ENUM_PANEL_COMMAND command);
   virtual string    Name(void) { return("trader"); }
   int               operator[](const int index) const { return(m_count[index]); }
  };

template<typename TKey, typename TValue>
class CPairs
  {
   TKey              m_keys[];
   TValue            m_values[];
public:
   bool              Set(const TKey key, const TValue value);
   bool              Find(const TKey key, TValue &value) const
     {
      for(int i = 0; i < ArraySize(m_keys); i++)
         if(m_keys[i] == key)
           {
            value = m_values[i];
            return(true);
           }
      return(false);
     }
  };

template<typename TKey, typename TValue>
bool CPairs::Set(const TKey key, const TValue value)
  {
   const int size = ArraySize(m_keys);
   if(ArrayResize(m_keys, size + 1) < 0 || ArrayResize(m_values, size + 1) < 0)
      return(false);
   m_keys[size] = key;
   m_values[size] = value;
   return(true);
  }

IListener *listeners[];
CPairs<string, double> pairs;
Setting settings[ROWS] = {{"lots", 0.1, 0}, {"risk", 1.0, 0}, {"stop", 25, D'2025.06.01'}};

bool CTrader::Handle(const ENUM_PANEL_COMMAND command)
  {
   if(command == COMMAND_NONE)
      return(false);
   m_count[command]++;
   MqlTradeRequest request = {};
   MqlTradeCheckResult check = {};
   MqlTradeResult result = {};
   request.action       = TRADE_ACTION_DEAL;
   request.symbol       = _Symbol;
   request.volume       = settings[0].value;
   request.type         = command == COMMAND_BUY ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
   request.price        = SymbolInfoDouble(_Symbol, request.type == ORDER_TYPE_BUY ? SYMBOL_ASK : SYMBOL_BID);
   request.deviation    = 10;
   request.type_filling = ORDER_FILLING_FOK;
   request.comment      = StringFormat("%s #%d", Name(), m_count[command]);
   if(!OrderCheck(request, check) || check.retcode > 0)
      return(false);
   return(OrderSendAsync(request, result));
  }

void CreateButton(const string name, const string text, const int x, const int y, const int width = 80)
  {
   ObjectCreate(0, name, OBJ_BUTTON, 0, 0, 0);
   ObjectSetInteger(0, name, OBJPROP_XDISTANCE, x);
   ObjectSetInteger(0, name, OBJPROP_YDISTANCE, y);
   ObjectSetInteger(0, name, OBJPROP_XSIZE, width);
   ObjectSetInteger(0, name, OBJPROP_CORNER, CORNER_LEFT_UPPER);
   ObjectSetInteger(0, name, OBJPROP_BGCOLOR, Back);
   ObjectSetString(0, name, OBJPROP_TEXT, text);
  }

int OnInit(void)
  {
   ArrayResize(listeners, 1);
   listeners[0] = new CTrader;
   BUTTON("buy", 0);
   BUTTON("sell", 1);
   BUTTON("close", 2);
   for(int i = 0; i < ROWS; i++)
      pairs.Set(settings[i].key, settings[i].value);
   ChartSetInteger(0, CHART_EVENT_MOUSE_MOVE, true);
   ChartSetDouble(0, CHART_FIXED_MAX, 2.0);
   ChartSetString(0, CHART_COMMENT, "panel");
   if(ShowCalendar)
      ReadCalendar(Currency);
   return(Save("panel.csv") ? INIT_SUCCEEDED : INIT_FAILED);
  }

void OnDeinit(const int reason)
  {
   for(int i = 0; i < ArraySize(listeners); i++)
      delete listeners[i];
   ObjectsDeleteAll(ChartID(), PREFIX, 0, -1);
  }

void OnTick(void) {}

void OnChartEvent(const int id, const long &lparam, const double &dparam, const string &sparam)
  {
   if(id == CHARTEVENT_CLICK || id == CHARTEVENT_MOUSE_MOVE)
     {
      int window;
      datetime at;
      double price;
      if(ChartXYToTimePrice(0, (int)lparam, (int)dparam, window, at, price) && window == 0)
         Comment(TimeToString(at), " ", DoubleToString(price, _Digits));
      return;
     }
   if(id != CHARTEVENT_OBJECT_CLICK || StringFind(sparam, PREFIX) != 0)
      return;
   const string name = StringSubstr(sparam, StringLen(PREFIX));
   ENUM_PANEL_COMMAND command = COMMAND_NONE;
   if(name == "buy")
      command = COMMAND_BUY;
   else if(name == "sell")
      command = COMMAND_SELL;
   else if(name == "close")
      command = COMMAND_CLOSE;
   for(int i = ArraySize(listeners) - 1; i >= 0; --i)
      if(CheckPointer(listeners[i]) != POINTER_INVALID && listeners[i].Handle(command))
         PlaySound("::Sounds\\ok.wav");
   ObjectSetInteger(0, sparam, OBJPROP_STATE, false);
   ChartRedraw();
  }

void OnTradeTransaction(const MqlTradeTransaction &trans, const MqlTradeRequest &request, const MqlTradeResult &result)
  {
   switch(trans.type)
     {
      case TRADE_TRANSACTION_REQUEST:
         if(result.retcode != TRADE_RETCODE_DONE && result.retcode != TRADE_RETCODE_PLACED)
            Alert(EnumToString(trans.type), " ", result.comment, " ", request.symbol);
         break;
      case TRADE_TRANSACTION_POSITION:
         Print(trans.position, " ", trans.price_sl, " ", EnumToString(trans.order_type));
         break;
     }
  }

bool Save(const string name)
  {
   ResetLastError();
   const int file = FileOpen(name, FILE_WRITE | FILE_CSV | FILE_ANSI | FILE_SHARE_READ, ';', CP_UTF8);
   if(file == INVALID_HANDLE)
     {
      Print("error ", _LastError);
      return(false);
     }
   FileSeek(file, 0, SEEK_END);
   for(int i = 0; i < ROWS; i++)
      FileWrite(file, settings[i].key, settings[i].value, settings[i].changed);
   const ulong size = FileSize(file);
   FileClose(file);
   return(size > 0);
  }

void ReadCalendar(const string currency)
  {
   MqlCalendarValue values[];
   const datetime to = TimeTradeServer() + 86400;
   if(!CalendarValueHistory(values, TimeTradeServer(), to, NULL, currency))
      return;
   for(int i = 0; i < ArraySize(values); i++)
     {
      MqlCalendarEvent event;
      if(CalendarEventById(values[i].event_id, event) && event.importance == CALENDAR_IMPORTANCE_HIGH)
         PrintFormat("%s %s %.2f", TimeToString(values[i].time), event.name, values[i].HasForecastValue() ? values[i].GetForecastValue() : 0.0);
     }
  }
