// Declarations for the checker: made by packaging/mql_classes.py.
#include <Object.mqh>
#include <Trade\SymbolInfo.mqh>
#include <Trade\AccountInfo.mqh>
#include <Indicators\TimeSeries.mqh>
#include <Indicators\Indicators.mqh>
#include <Indicators\Indicators.mqh>
#define USE_SERIES_OPEN 1
#define USE_SERIES_HIGH 2
#define USE_SERIES_LOW 4
#define USE_SERIES_CLOSE 8
#define USE_SERIES_SPREAD 16
#define USE_SERIES_TIME 32
#define USE_SERIES_TICK_VOLUME 64
#define USE_SERIES_REAL_VOLUME 128
enum ENUM_INIT_PHASE { INIT_PHASE_FIRST, INIT_PHASE_TUNING, INIT_PHASE_VALIDATION, INIT_PHASE_COMPLETE };
enum ENUM_TYPE_TREND { TYPE_TREND_HARD_DOWN, TYPE_TREND_DOWN, TYPE_TREND_SOFT_DOWN, TYPE_TREND_FLAT, TYPE_TREND_SOFT_UP, TYPE_TREND_UP, TYPE_TREND_HARD_UP };
class CExpertBase : public CObject
{
 protected:
   ulong m_magic;
   ENUM_INIT_PHASE m_init_phase;
   CSymbolInfo *m_symbol;
   ENUM_TIMEFRAMES m_period;
   double m_adjusted_point;
   CAccountInfo m_account;
   ENUM_TYPE_TREND m_trend_type;
   bool m_every_tick;
   int m_used_series;
   CiOpen *m_open;
   CiHigh *m_high;
   CiLow *m_low;
   CiClose *m_close;
   CiSpread *m_spread;
   CiTime *m_time;
   CiTickVolume *m_tick_volume;
   CiRealVolume *m_real_volume;
   bool InitOpen(CIndicators *indicators);
   bool InitHigh(CIndicators *indicators);
   bool InitLow(CIndicators *indicators);
   bool InitClose(CIndicators *indicators);
   bool InitSpread(CIndicators *indicators);
   bool InitTime(CIndicators *indicators);
   bool InitTickVolume(CIndicators *indicators);
   bool InitRealVolume(CIndicators *indicators);
   virtual double PriceLevelUnit();
   virtual int StartIndex();
   virtual bool CompareMagic(ulong magic);
 public:
   CExpertBase(void);
   ENUM_INIT_PHASE InitPhase();
   void TrendType(ENUM_TYPE_TREND value);
   int UsedSeries();
   void EveryTick(bool value);
   double Open(int ind);
   double High(int ind);
   double Low(int ind);
   double Close(int ind);
   double Spread(int ind);
   datetime Time(int ind);
   long TickVolume(int ind);
   long RealVolume(int ind);
   virtual bool Init(CSymbolInfo *symbol, ENUM_TIMEFRAMES period, double point);
   bool Symbol(string name);
   bool Period(ENUM_TIMEFRAMES value);
   void Magic(ulong value);
   virtual bool ValidationSettings();
   virtual bool SetPriceSeries(CiOpen *open, CiHigh *high, CiLow *low, CiClose *close);
   virtual bool SetOtherSeries(CiSpread *spread, CiTime *time, CiTickVolume *tick_volume, CiRealVolume *real_volume);
   virtual bool InitIndicators(CIndicators *indicators =NULL);
};
