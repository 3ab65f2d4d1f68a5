#include <Expert\Expert.mqh>
#include <Expert\Signal\SignalMA.mqh>
#include <Expert\Signal\SignalMACD.mqh>
#include <Expert\Trailing\TrailingNone.mqh>
#include <Expert\Money\MoneyFixedLot.mqh>
input string Expert_Title="wizard";
ulong Expert_MagicNumber=17;
bool Expert_EveryTick=false;
input int Signal_ThresholdOpen=10;
input double Signal_StopLevel=50.0;
input int Signal_MA_PeriodMA=12;
input ENUM_MA_METHOD Signal_MA_Method=MODE_SMA;
input ENUM_APPLIED_PRICE Signal_MA_Applied=PRICE_CLOSE;
input double Signal_MA_Weight=1.0;
CExpert ExtExpert;
int OnInit()
  {
   if(!ExtExpert.Init(Symbol(),Period(),Expert_EveryTick,Expert_MagicNumber))
     {
      printf(__FUNCTION__+": error initializing expert");
      ExtExpert.Deinit();
      return(INIT_FAILED);
     }
   CExpertSignal *signal=new CExpertSignal;
   if(signal==NULL)
      return(INIT_FAILED);
   ExtExpert.InitSignal(signal);
   signal.ThresholdOpen(Signal_ThresholdOpen);
   signal.PriceLevel(0.0);
   signal.StopLevel(Signal_StopLevel);
   CSignalMA *filter0=new CSignalMA;
   signal.AddFilter(filter0);
   filter0.PeriodMA(Signal_MA_PeriodMA);
   filter0.Method(Signal_MA_Method);
   filter0.Applied(Signal_MA_Applied);
   filter0.Weight(Signal_MA_Weight);
   CTrailingNone *trailing=new CTrailingNone;
   if(!ExtExpert.InitTrailing(trailing))
      return(INIT_FAILED);
   CMoneyFixedLot *money=new CMoneyFixedLot;
   if(!ExtExpert.InitMoney(money))
      return(INIT_FAILED);
   money.Percent(10.0);
   money.Lots(0.1);
   if(!ExtExpert.ValidationSettings())
      return(INIT_FAILED);
   if(!ExtExpert.InitIndicators())
      return(INIT_FAILED);
   return(INIT_SUCCEEDED);
  }
void OnDeinit(const int reason) { ExtExpert.Deinit(); }
void OnTick() { ExtExpert.OnTick(); }
void OnTrade() { ExtExpert.OnTrade(); }
void OnTimer() { ExtExpert.OnTimer(); }
class CMySignal : public CExpertSignal
  {
protected:
   CiMA m_ma;
   CiRSI m_rsi;
public:
   CMySignal(void) { m_used_series=USE_SERIES_OPEN+USE_SERIES_CLOSE; }
   virtual bool InitIndicators(CIndicators *indicators)
     {
      if(!CExpertSignal::InitIndicators(indicators))
         return(false);
      if(!indicators.Add(GetPointer(m_ma)))
         return(false);
      if(!m_ma.Create(m_symbol.Name(),m_period,12,0,MODE_EMA,PRICE_CLOSE))
         return(false);
      return(m_rsi.Create(m_symbol.Name(),m_period,14,PRICE_CLOSE));
     }
   virtual int LongCondition(void)
     {
      int idx=StartIndex();
      if(m_ma.Main(idx)>m_ma.Main(idx+1) && m_rsi.Main(idx)<30.0 && Close(idx)>m_open.GetData(idx))
         return(80);
      return(0);
     }
  };
