//+------------------------------------------------------------------+
//| ForexElite Pro: the bridge between MetaTrader 5 and the program  |
//|                                                                  |
//| Starts and stops Expert Advisors on charts of their own. Talks   |
//| through files in MQL5\Files\FEP alone: no DLL, no network. It    |
//| never trades and never touches its own chart.                    |
//|                                                                  |
//|   cmd\<id>.json   a command: flat JSON object of strings         |
//|   ack\<id>.json   its answer; an answered id is never run again  |
//|   tpl\*.tpl       chart templates that carry the Expert Advisors |
//|   status.json     the bridge's state, once a second              |
//|   bridge.lock     held open by the one bridge that runs          |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"
#property link      ""
#property version   "1.00"
#property description "Starts and stops Expert Advisors for ForexElite Pro. It does not trade."

#define FEP_VERSION       1
#define FEP_FOLDER        "FEP\\"
#define FEP_TAG           "FEP:"
#define FEP_TIMER_MS      20
#define FEP_STATUS_MS     1000
#define FEP_WAIT_MS       10000
#define FEP_MAX_COMMAND   65536

enum ENUM_FEP_WAIT
  {
   FEP_WAIT_EXPERT, // the expert has to appear on the chart
   FEP_WAIT_CLOSED  // the chart has to disappear
  };

struct FepJob
  {
   ENUM_FEP_WAIT     wait;
   string            id;
   string            instance;
   string            expert;
   long              chart;
   ulong             deadline;
  };

struct FepCommand
  {
   string            id;
   string            kind;
   string            expires;
   string            instance;
   string            symbol;
   string            timeframe;
   string            expert;
   string            template_name;
   string            chart_id;
  };

int    lock_file   = INVALID_HANDLE;
ulong  next_status = 0;
FepJob jobs[];

//+------------------------------------------------------------------+
//| Start and end                                                    |
//+------------------------------------------------------------------+
int OnInit()
  {
   FolderCreate("FEP");
   FolderCreate(FEP_FOLDER + "cmd");
   FolderCreate(FEP_FOLDER + "ack");
   FolderCreate(FEP_FOLDER + "tpl");
   FolderCreate(FEP_FOLDER + "evt");
   // Without a share flag a second bridge can't open the file while this one runs.
   lock_file = FileOpen(FEP_FOLDER + "bridge.lock", FILE_WRITE | FILE_BIN);
   if(lock_file == INVALID_HANDLE)
     {
      Print("Another bridge runs in this terminal already, so this one stops.");
      return(INIT_FAILED);
     }
   ArrayFree(jobs);
   if(!EventSetMillisecondTimer(FEP_TIMER_MS))
     {
      FileClose(lock_file);
      lock_file = INVALID_HANDLE;
      Print("The bridge got no timer. Remove it from the chart and attach it again.");
      return(INIT_FAILED);
     }
   next_status = 0;
   Print("The bridge is ready.");
   return(INIT_SUCCEEDED);
  }

//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   EventKillTimer();
   for(int i = ArraySize(jobs) - 1; i >= 0; i--)
      Answer(jobs[i].id, false, "The bridge was stopped before the command was done.", jobs[i].chart, "");
   ArrayFree(jobs);
   if(lock_file != INVALID_HANDLE)
     {
      FileClose(lock_file);
      lock_file = INVALID_HANDLE;
     }
  }

//+------------------------------------------------------------------+
void OnTimer()
  {
   TakeCommand();
   for(int i = ArraySize(jobs) - 1; i >= 0; i--)
      if(Advance(jobs[i]))
         ArrayRemove(jobs, i, 1);
   if(GetTickCount64() >= next_status)
     {
      next_status = GetTickCount64() + FEP_STATUS_MS;
      WriteStatus();
     }
  }

//+------------------------------------------------------------------+
//| Takes the oldest command. It is deleted before it is run: a      |
//| crash in between loses it, and never runs it twice.              |
//+------------------------------------------------------------------+
void TakeCommand()
  {
   string name = "";
   const long search = FileFindFirst(FEP_FOLDER + "cmd\\*.json", name);
   if(search == INVALID_HANDLE)
      return;
   string oldest = name;
   while(FileFindNext(search, name))
      if(StringCompare(name, oldest) < 0)
         oldest = name;
   FileFindClose(search);

   const string path = FEP_FOLDER + "cmd\\" + oldest;
   const string id = StringSubstr(oldest, 0, StringLen(oldest) - 5);
   if(!IsPlainName(id) || FileIsExist(FEP_FOLDER + "ack\\" + id + ".json"))
     {
      FileDelete(path);
      return;
     }
   string text = "";
   if(!ReadText(path, text) || !FileDelete(path))
      return;
   FepCommand command;
   string problem = "";
   if(!ParseCommand(text, command, problem))
      Answer(id, false, problem, 0, "");
   else
      if(command.id != id)
         Answer(id, false, "The command's id is not its file's name.", 0, "");
      else
         if((long)TimeGMT() > StringToInteger(command.expires))
            Answer(id, false, "The command came too late and was not carried out.", 0, "");
         else
            Run(command);
  }

//+------------------------------------------------------------------+
void Run(const FepCommand &command)
  {
   if(command.kind == "ping")
      Answer(command.id, true, "", 0, "");
   else
      if(command.kind == "list_charts")
         Answer(command.id, true, "", 0, ChartsJson());
      else
         if(command.kind == "start_ea")
            StartExpert(command);
         else
            if(command.kind == "stop_ea")
               StopExpert(command);
            else
               Answer(command.id, false, "The bridge does not know the command " + command.kind + ".", 0, "");
  }

//+------------------------------------------------------------------+
//| Opens a chart and applies the template; Advance() does the rest  |
//+------------------------------------------------------------------+
void StartExpert(const FepCommand &command)
  {
   ENUM_TIMEFRAMES period = PERIOD_CURRENT;
   if(!IsPlainName(command.instance) || command.expert == "")
     {
      Answer(command.id, false, "The command names no instance or no expert.", 0, "");
      return;
     }
   const string stem = StringSubstr(command.template_name, 0, MathMax(StringLen(command.template_name) - 4, 0));
   if(!IsPlainName(stem) || command.template_name != stem + ".tpl" ||
      !FileIsExist(FEP_FOLDER + "tpl\\" + command.template_name))
     {
      Answer(command.id, false, "The chart template is not in the bridge's folder.", 0, "");
      return;
     }
   if(!ParseTimeframe(command.timeframe, period))
     {
      Answer(command.id, false, "MetaTrader has no timeframe " + command.timeframe + ".", 0, "");
      return;
     }
   for(int i = ArraySize(jobs) - 1; i >= 0; i--)
      if(jobs[i].instance == command.instance)
        {
         Answer(command.id, false, "This Expert Advisor is being started or stopped already.", jobs[i].chart, "");
         return;
        }
   const long running = FindChart(command.instance);
   if(running > 0)
     {
      if(ChartGetString(running, CHART_EXPERT_NAME) == command.expert)
        {
         Answer(command.id, true, "", running, "");
         return;
        }
      if(running != ChartID())
         ChartClose(running); // an earlier start that never got its expert
     }
   if(!SymbolSelect(command.symbol, true))
     {
      Answer(command.id, false, "MetaTrader does not know the symbol " + command.symbol + ".", 0, "");
      return;
     }
   const long chart = ChartOpen(command.symbol, period);
   if(chart == 0)
     {
      Answer(command.id, false, StringFormat("MetaTrader opened no chart (error %d). Close some charts.", GetLastError()),
             0, "");
      return;
     }
   TagChart(chart, command.instance);
   if(!ChartApplyTemplate(chart, "\\Files\\FEP\\tpl\\" + command.template_name))
     {
      const int error = GetLastError();
      ChartClose(chart);
      Answer(command.id, false, StringFormat("MetaTrader refused the chart template (error %d).", error), 0, "");
      return;
     }
   AddJob(FEP_WAIT_EXPERT, command, chart);
  }

//+------------------------------------------------------------------+
//| Closes the chart of an instance. Positions are left as they are. |
//+------------------------------------------------------------------+
void StopExpert(const FepCommand &command)
  {
   const long chart = command.instance != "" ? FindChart(command.instance) : StringToInteger(command.chart_id);
   if(chart <= 0 || !ChartExists(chart))
     {
      Answer(command.id, true, "", 0, ""); // nothing runs: that is what was wished
      return;
     }
   if(chart == ChartID())
     {
      Answer(command.id, false, "The bridge does not close its own chart.", 0, "");
      return;
     }
   if(!ChartClose(chart))
     {
      Answer(command.id, false, StringFormat("MetaTrader does not close the chart (error %d).", GetLastError()), chart, "");
      return;
     }
   AddJob(FEP_WAIT_CLOSED, command, chart);
  }

//+------------------------------------------------------------------+
void AddJob(const ENUM_FEP_WAIT wait, const FepCommand &command, const long chart)
  {
   const int count = ArraySize(jobs);
   if(ArrayResize(jobs, count + 1) != count + 1)
      return;
   jobs[count].wait     = wait;
   jobs[count].id       = command.id;
   jobs[count].instance = command.instance;
   jobs[count].expert   = command.expert;
   jobs[count].chart    = chart;
   jobs[count].deadline = GetTickCount64() + FEP_WAIT_MS;
  }

//+------------------------------------------------------------------+
//| Looks after one job without waiting; true when it is answered    |
//+------------------------------------------------------------------+
bool Advance(FepJob &job)
  {
   if(job.wait == FEP_WAIT_CLOSED)
     {
      if(!ChartExists(job.chart))
        {
         Answer(job.id, true, "", job.chart, "");
         next_status = 0;
         return(true);
        }
     }
   else
     {
      if(!ChartExists(job.chart))
        {
         Answer(job.id, false, "The chart was closed before the Expert Advisor was loaded.", 0, "");
         return(true);
        }
      if(ChartGetString(job.chart, CHART_EXPERT_NAME) == job.expert)
        {
         TagChart(job.chart, job.instance); // the template may have taken the first tag away
         Answer(job.id, true, "", job.chart, "");
         next_status = 0;
         return(true);
        }
     }
   if(GetTickCount64() < job.deadline)
      return(false);
   if(job.wait == FEP_WAIT_CLOSED)
      Answer(job.id, false, "MetaTrader did not close the chart within 10 seconds.", job.chart, "");
   else
     {
      if(ChartGetString(job.chart, CHART_EXPERT_NAME) == "")
         ChartClose(job.chart);
      Answer(job.id, false, "The Expert Advisor did not load within 10 seconds. See MetaTrader's Experts tab.", 0, "");
     }
   return(true);
  }

//+------------------------------------------------------------------+
//| Charts                                                           |
//+------------------------------------------------------------------+
bool ChartExists(const long chart)
  {
   for(long id = ChartFirst(); id >= 0; id = ChartNext(id))
      if(id == chart)
         return(true);
   return(false);
  }

//+------------------------------------------------------------------+
//| Instance that a chart was opened for, "" for other charts        |
//+------------------------------------------------------------------+
string InstanceOf(const long chart)
  {
   for(int i = ObjectsTotal(chart, 0, OBJ_LABEL) - 1; i >= 0; i--)
     {
      const string name = ObjectName(chart, i, 0, OBJ_LABEL);
      if(StringFind(name, FEP_TAG) == 0)
         return(StringSubstr(name, StringLen(FEP_TAG)));
     }
   for(int i = ArraySize(jobs) - 1; i >= 0; i--)
      if(jobs[i].chart == chart)
         return(jobs[i].instance);
   return("");
  }

//+------------------------------------------------------------------+
long FindChart(const string instance)
  {
   for(long id = ChartFirst(); id >= 0; id = ChartNext(id))
      if(id != ChartID() && InstanceOf(id) == instance)
         return(id);
   return(0);
  }

//+------------------------------------------------------------------+
//| An invisible label: chart ids change when the terminal restarts  |
//+------------------------------------------------------------------+
void TagChart(const long chart, const string instance)
  {
   const string name = FEP_TAG + instance;
   if(ObjectFind(chart, name) < 0)
      ObjectCreate(chart, name, OBJ_LABEL, 0, 0, 0.0);
   ObjectSetString(chart, name, OBJPROP_TEXT, " ");
   ObjectSetInteger(chart, name, OBJPROP_HIDDEN, true);
   ObjectSetInteger(chart, name, OBJPROP_SELECTABLE, false);
   ObjectSetInteger(chart, name, OBJPROP_TIMEFRAMES, OBJ_NO_PERIODS);
  }

//+------------------------------------------------------------------+
string ChartsJson()
  {
   string json = "";
   for(long id = ChartFirst(); id >= 0; id = ChartNext(id))
     {
      if(json != "")
         json += ",";
      json += StringFormat("{\"id\":\"%I64d\",\"symbol\":%s,\"timeframe\":%s,\"expert\":%s,\"instance\":%s}", id,
                           Quoted(ChartSymbol(id)), Quoted(StringSubstr(EnumToString(ChartPeriod(id)), 7)),
                           Quoted(ChartGetString(id, CHART_EXPERT_NAME)), Quoted(InstanceOf(id)));
     }
   return(json);
  }

//+------------------------------------------------------------------+
//| Answers and status                                               |
//+------------------------------------------------------------------+
void Answer(const string id, const bool ok, const string problem, const long chart, const string charts)
  {
   const string json = StringFormat("{\"v\":%d,\"id\":%s,\"ok\":%s,\"error\":%s,\"chart_id\":\"%s\",\"charts\":[%s]}",
                                    FEP_VERSION, Quoted(id), Bool(ok), Quoted(problem),
                                    chart > 0 ? IntegerToString(chart) : "", charts);
   if(!WriteText(FEP_FOLDER + "ack\\" + id, json))
      PrintFormat("The answer to command %s could not be written (error %d).", id, GetLastError());
   if(!ok)
      Print(problem);
  }

//+------------------------------------------------------------------+
void WriteStatus()
  {
   string json = StringFormat("{\"v\":%d,\"ts_utc\":%I64d,\"server_time\":%I64d,\"build\":%I64d,\"account\":%I64d,",
                              FEP_VERSION, (long)TimeGMT(), (long)TimeTradeServer(),
                              (long)TerminalInfoInteger(TERMINAL_BUILD), AccountInfoInteger(ACCOUNT_LOGIN));
   json += "\"terminal_trade_allowed\":" + Bool(TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) != 0) + ",";
   json += "\"mql_trade_allowed\":" + Bool(MQLInfoInteger(MQL_TRADE_ALLOWED) != 0) + ",";
   json += "\"account_trade_allowed\":" + Bool(AccountInfoInteger(ACCOUNT_TRADE_ALLOWED) != 0) + ",";
   json += "\"account_trade_expert\":" + Bool(AccountInfoInteger(ACCOUNT_TRADE_EXPERT) != 0) + ",";
   json += "\"connected\":" + Bool(TerminalInfoInteger(TERMINAL_CONNECTED) != 0) + ",";
   json += "\"charts\":[" + ChartsJson() + "]}";
   WriteText(FEP_FOLDER + "status", json); // a reader may hold the file open: the next second tries again
  }

//+------------------------------------------------------------------+
//| Files: UTF-8 without a BOM, whole or not at all                  |
//+------------------------------------------------------------------+
bool WriteText(const string stem, const string text)
  {
   uchar bytes[];
   const int size = StringToCharArray(text, bytes, 0, WHOLE_ARRAY, CP_UTF8) - 1;
   const int file = FileOpen(stem + ".tmp", FILE_WRITE | FILE_BIN);
   if(file == INVALID_HANDLE || size <= 0)
      return(false);
   const bool written = (int)FileWriteArray(file, bytes, 0, size) == size;
   FileClose(file);
   return(written && FileMove(stem + ".tmp", 0, stem + ".json", FILE_REWRITE));
  }

//+------------------------------------------------------------------+
bool ReadText(const string path, string &text)
  {
   const int file = FileOpen(path, FILE_READ | FILE_BIN | FILE_SHARE_READ);
   if(file == INVALID_HANDLE)
      return(false);
   uchar bytes[];
   const ulong size = FileSize(file);
   const uint count = size <= FEP_MAX_COMMAND ? FileReadArray(file, bytes) : 0;
   FileClose(file);
   text = count > 0 ? CharArrayToString(bytes, 0, (int)count, CP_UTF8) : "";
   return(true);
  }

//+------------------------------------------------------------------+
//| JSON                                                             |
//+------------------------------------------------------------------+
string Bool(const bool value)
  {
   return(value ? "true" : "false");
  }

//+------------------------------------------------------------------+
string Quoted(const string value)
  {
   string text = value;
   StringReplace(text, "\\", "\\\\");
   StringReplace(text, "\"", "\\\"");
   for(int i = StringLen(text) - 1; i >= 0; i--)
      if(StringGetCharacter(text, i) < 32)
         StringSetCharacter(text, i, ' ');
   return("\"" + text + "\"");
  }

//+------------------------------------------------------------------+
int SkipSpace(const string text, const int start)
  {
   int at = start;
   while(at < StringLen(text) && StringGetCharacter(text, at) <= ' ')
      at++;
   return(at);
  }

//+------------------------------------------------------------------+
//| Reads the string whose opening quote is at `at`; moves behind it |
//+------------------------------------------------------------------+
bool ReadString(const string text, int &at, string &value)
  {
   value = "";
   if(at >= StringLen(text) || StringGetCharacter(text, at) != '"')
      return(false);
   for(at++; at < StringLen(text); at++)
     {
      ushort symbol = StringGetCharacter(text, at);
      if(symbol == '"')
        {
         at++;
         return(true);
        }
      if(symbol == '\\')
        {
         at++;
         symbol = at < StringLen(text) ? StringGetCharacter(text, at) : 0;
         switch(symbol)
           {
            case 'n':
               symbol = '\n';
               break;
            case 't':
               symbol = '\t';
               break;
            case 'r':
               symbol = '\r';
               break;
            case 'u':
               symbol = HexCode(StringSubstr(text, at + 1, 4));
               at += 4;
               break;
            case '"':
            case '\\':
            case '/':
               break;
            default:
               return(false);
           }
        }
      value += ShortToString(symbol);
     }
   return(false);
  }

//+------------------------------------------------------------------+
ushort HexCode(const string digits)
  {
   int code = 0;
   for(int i = 0; i < StringLen(digits); i++)
     {
      const int digit = StringFind("0123456789abcdef", ShortToString(StringGetCharacter(digits, i)));
      const int upper = StringFind("0123456789ABCDEF", ShortToString(StringGetCharacter(digits, i)));
      code = code * 16 + MathMax(MathMax(digit, upper), 0);
     }
   return((ushort)code);
  }

//+------------------------------------------------------------------+
//| Reads a flat JSON object whose values are all strings            |
//+------------------------------------------------------------------+
bool ParseCommand(const string text, FepCommand &command, string &problem)
  {
   problem = "The command is not a flat JSON object of strings.";
   int at = SkipSpace(text, 0);
   if(at >= StringLen(text) || StringGetCharacter(text, at) != '{')
      return(false);
   string version = "";
   do
     {
      string name = "";
      string value = "";
      at = SkipSpace(text, at + 1);
      if(!ReadString(text, at, name))
         return(false);
      at = SkipSpace(text, at);
      if(at >= StringLen(text) || StringGetCharacter(text, at) != ':')
         return(false);
      at = SkipSpace(text, at + 1);
      if(!ReadString(text, at, value))
         return(false);
      at = SkipSpace(text, at);
      if(name == "v")
         version = value;
      else
         SetField(command, name, value);
     }
   while(at < StringLen(text) && StringGetCharacter(text, at) == ',');
   if(at >= StringLen(text) || StringGetCharacter(text, at) != '}')
      return(false);
   if(StringToInteger(version) != FEP_VERSION)
     {
      problem = "The bridge in MetaTrader is of another version. Install the bridge again.";
      return(false);
     }
   problem = "";
   return(true);
  }

//+------------------------------------------------------------------+
void SetField(FepCommand &command, const string name, const string value)
  {
   if(name == "id")
      command.id = value;
   if(name == "kind")
      command.kind = value;
   if(name == "expires")
      command.expires = value;
   if(name == "instance")
      command.instance = value;
   if(name == "symbol")
      command.symbol = value;
   if(name == "timeframe")
      command.timeframe = value;
   if(name == "expert")
      command.expert = value;
   if(name == "template")
      command.template_name = value;
   if(name == "chart_id")
      command.chart_id = value;
  }

//+------------------------------------------------------------------+
//| Letters, digits, - and _ only: such a name stays in its folder   |
//+------------------------------------------------------------------+
bool IsPlainName(const string name)
  {
   const int length = StringLen(name);
   if(length == 0 || length > 64)
      return(false);
   for(int i = 0; i < length; i++)
     {
      const ushort symbol = StringGetCharacter(name, i);
      const bool letter = (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z');
      if(!letter && !(symbol >= '0' && symbol <= '9') && symbol != '-' && symbol != '_')
         return(false);
     }
   return(true);
  }

//+------------------------------------------------------------------+
bool ParseTimeframe(const string name, ENUM_TIMEFRAMES &period)
  {
   const ENUM_TIMEFRAMES known[] =
     {
      PERIOD_M1, PERIOD_M2, PERIOD_M3, PERIOD_M4, PERIOD_M5, PERIOD_M6, PERIOD_M10, PERIOD_M12, PERIOD_M15, PERIOD_M20,
      PERIOD_M30, PERIOD_H1, PERIOD_H2, PERIOD_H3, PERIOD_H4, PERIOD_H6, PERIOD_H8, PERIOD_H12, PERIOD_D1, PERIOD_W1,
      PERIOD_MN1
     };
   for(int i = ArraySize(known) - 1; i >= 0; i--)
      if("PERIOD_" + name == EnumToString(known[i]))
        {
         period = known[i];
         return(true);
        }
   return(false);
  }
//+------------------------------------------------------------------+
