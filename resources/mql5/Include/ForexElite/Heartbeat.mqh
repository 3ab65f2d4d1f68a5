//+------------------------------------------------------------------+
//| ForexElite Pro: sign of life of an Expert Advisor                |
//|                                                                  |
//| Include it, call HeartbeatInit(magic) in OnInit, HeartbeatBeat() |
//| in OnTick and OnTimer, HeartbeatStop() in OnDeinit. Writes       |
//| MQL5\Files\FEP\evt\hb_<instance>.json. An EA that was put on a   |
//| chart by hand has no instance and writes nothing.                |
//+------------------------------------------------------------------+
#property copyright "ForexElite Pro"

input group "ForexElite Pro"
input string FEPInstance = ""; // Instance, set by ForexElite Pro

#define FEP_HEARTBEAT_VERSION 1
#define FEP_HEARTBEAT_SECONDS 2

long  fep_heartbeat_magic = 0;
ulong fep_heartbeat_next  = 0;
bool  fep_heartbeat_on    = false;

//+------------------------------------------------------------------+
//| Text as the inside of a JSON string                              |
//+------------------------------------------------------------------+
string HeartbeatJson(const string value)
  {
   string text = value;
   StringReplace(text, "\\", "\\\\");
   StringReplace(text, "\"", "\\\"");
   for(int i = 0; i < StringLen(text); i++)
      if(StringGetCharacter(text, i) < 32)
         StringSetCharacter(text, i, ' ');
   return(text);
  }

//+------------------------------------------------------------------+
//| Writes the file whole or not at all, as UTF-8 without a BOM      |
//+------------------------------------------------------------------+
bool HeartbeatWrite(const string state)
  {
   int    positions = 0;
   double profit    = 0.0;
   for(int i = PositionsTotal() - 1; i >= 0; i--)
     {
      if(PositionGetTicket(i) == 0)
         continue;
      if(PositionGetInteger(POSITION_MAGIC) != fep_heartbeat_magic || PositionGetString(POSITION_SYMBOL) != _Symbol)
         continue;
      positions++;
      profit += PositionGetDouble(POSITION_PROFIT) + PositionGetDouble(POSITION_SWAP);
     }
   const bool allowed = MQLInfoInteger(MQL_TRADE_ALLOWED) != 0 && TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) != 0;
   const string json = StringFormat(
                          "{\"v\":%d,\"instance\":\"%s\",\"ts_utc\":%I64d,\"expert\":\"%s\",\"symbol\":\"%s\","
                          "\"timeframe\":\"%s\",\"magic\":%I64d,\"trade_allowed\":%s,\"positions\":%d,\"profit\":%.2f,"
                          "\"state\":\"%s\"}",
                          FEP_HEARTBEAT_VERSION, HeartbeatJson(FEPInstance), (long)TimeGMT(),
                          HeartbeatJson(MQLInfoString(MQL_PROGRAM_NAME)), HeartbeatJson(_Symbol),
                          StringSubstr(EnumToString(Period()), 7), fep_heartbeat_magic, allowed ? "true" : "false",
                          positions, profit, state);
   uchar bytes[];
   const int size = StringToCharArray(json, bytes, 0, WHOLE_ARRAY, CP_UTF8) - 1;
   const string path = "FEP\\evt\\hb_" + FEPInstance;
   const int file = FileOpen(path + ".tmp", FILE_WRITE | FILE_BIN);
   if(file == INVALID_HANDLE)
      return(false);
   const bool written = (int)FileWriteArray(file, bytes, 0, size) == size;
   FileClose(file);
   return(written && FileMove(path + ".tmp", 0, path + ".json", FILE_REWRITE));
  }

//+------------------------------------------------------------------+
//| Starts the heartbeat and a timer that keeps it alive             |
//+------------------------------------------------------------------+
void HeartbeatInit(const long magic)
  {
   fep_heartbeat_magic = magic;
   fep_heartbeat_next  = 0;
   fep_heartbeat_on    = FEPInstance != "" && !MQLInfoInteger(MQL_TESTER);
   if(!fep_heartbeat_on)
      return;
   EventSetTimer(FEP_HEARTBEAT_SECONDS);
   HeartbeatBeat();
  }

//+------------------------------------------------------------------+
//| Beats, at most every two seconds                                 |
//+------------------------------------------------------------------+
void HeartbeatBeat()
  {
   if(!fep_heartbeat_on || GetTickCount64() < fep_heartbeat_next)
      return;
   fep_heartbeat_next = GetTickCount64() + 1000 * FEP_HEARTBEAT_SECONDS;
   HeartbeatWrite("running");
  }

//+------------------------------------------------------------------+
//| The last word                                                    |
//+------------------------------------------------------------------+
void HeartbeatStop()
  {
   if(!fep_heartbeat_on)
      return;
   fep_heartbeat_on = false;
   EventKillTimer();
   HeartbeatWrite("stopped");
  }
//+------------------------------------------------------------------+
