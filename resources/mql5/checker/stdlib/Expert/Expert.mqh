// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertBase.mqh>
#include <Expert\ExpertTrade.mqh>
#include <Expert\ExpertSignal.mqh>
#include <Expert\ExpertMoney.mqh>
#include <Expert\ExpertTrailing.mqh>
#include <Trade\PositionInfo.mqh>
#include <Trade\OrderInfo.mqh>
#include <Indicators\Indicators.mqh>
enum ENUM_TRADE_EVENTS { TRADE_EVENT_NO_EVENT, TRADE_EVENT_POSITION_OPEN, TRADE_EVENT_POSITION_VOLUME_CHANGE, TRADE_EVENT_POSITION_MODIFY, TRADE_EVENT_POSITION_CLOSE, TRADE_EVENT_POSITION_STOP_TAKE, TRADE_EVENT_ORDER_PLACE, TRADE_EVENT_ORDER_MODIFY, TRADE_EVENT_ORDER_DELETE, TRADE_EVENT_ORDER_TRIGGER };
class CExpert : public CExpertBase
{
 protected:
   CExpertTrade *m_trade;
   CExpertSignal *m_signal;
   CExpertMoney *m_money;
   CExpertTrailing *m_trailing;
   CPositionInfo m_position;
   COrderInfo m_order;
 public:
   CExpert(void);
   bool Init(string symbol, ENUM_TIMEFRAMES period, bool every_tick, ulong magic);
   void Magic(ulong value);
   virtual bool InitSignal(CExpertSignal *signal =NULL);
   virtual bool InitTrailing(CExpertTrailing *trailing =NULL);
   virtual bool InitMoney(CExpertMoney *money =NULL);
   virtual bool InitTrade(ulong magic, CExpertTrade *trade =NULL);
   virtual void Deinit();
   void OnTickProcess(bool value);
   void OnTradeProcess(bool value);
   void OnTimerProcess(bool value);
   void OnChartEventProcess(bool value);
   int MaxOrders();
   void MaxOrders(int max_orders);
   CExpertSignal* Signal() const;
   virtual bool ValidationSettings();
   virtual bool InitIndicators(CIndicators *indicators =NULL);
   virtual void OnTick();
   virtual void OnTrade();
   virtual void OnTimer();
   virtual void OnChartEvent(const int id, const long &lparam, const double dparam, const string sparam);
   virtual void OnBookEvent(const string &symbol);
   virtual bool InitParameters();
   virtual void DeinitTrade();
   virtual void DeinitSignal();
   virtual void DeinitTrailing();
   virtual void DeinitMoney();
   virtual void DeinitIndicators();
   virtual bool Refresh();
   virtual bool Processing();
   void SelectPosition();
   virtual bool CheckOpen();
   virtual bool CheckOpenLong();
   virtual bool CheckOpenShort();
   virtual bool OpenLong(double price, double sl, double tp);
   virtual bool OpenShort(double price, double sl, double tp);
   virtual bool CheckReverse();
   virtual bool CheckReverseLong();
   virtual bool ReverseLong(double price, double sl, double tp);
   virtual bool ReverseShort(double price, double sl, double tp);
   virtual bool CheckClose();
   virtual bool CheckCloseLong();
   virtual bool CheckCloseShort();
   virtual bool CloseAll(double lot);
   virtual bool Close();
   virtual bool CloseLong(double price);
   virtual bool CloseShort(double price);
   virtual bool CheckTrailingStop();
   virtual bool CheckTrailingStopLong();
   virtual bool CheckTrailingStopShort();
   virtual bool TrailingStopLong(double sl, double tp);
   virtual bool CheckTrailingOrderLong();
   virtual bool CheckTrailingOrderShort();
   virtual bool TrailingOrderLong(double delta);
   virtual bool TrailingOrderShort(double delta);
   virtual bool CheckDeleteOrderLong();
   virtual bool CheckDeleteOrderShort();
   virtual bool DeleteOrders();
   virtual bool DeleteOrder();
   virtual bool DeleteOrderLong();
   virtual bool DeleteOrderShort();
   double LotOpenLong(double price, double sl);
   double LotOpenShort(double price, double sl);
   double LotReverse(double sl);
   void PrepareHistoryDate();
   void HistoryPoint(bool from_check_trade =false);
   bool CheckTradeState();
   void WaitEvent(ENUM_TRADE_EVENTS event);
   void NoWaitEvent(ENUM_TRADE_EVENTS event);
   virtual bool TradeEventPositionStopTake();
   virtual bool TradeEventOrderTriggered();
   virtual bool TradeEventPositionOpened();
   virtual bool TradeEventPositionVolumeChanged();
   virtual bool TradeEventPositionModified();
   virtual bool TradeEventPositionClosed();
   virtual bool TradeEventOrderPlaced();
   virtual bool TradeEventOrderModified();
   virtual bool TradeEventOrderDeleted();
   virtual bool TradeEventNotIdentified();
   void TimeframeAdd(ENUM_TIMEFRAMES period);
   int TimeframesFlags(MqlDateTime &time);
};
