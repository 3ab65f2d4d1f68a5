// Declarations for the checker: made by packaging/mql_classes.py.
#include <Expert\ExpertBase.mqh>
#include <Arrays\ArrayObj.mqh>
#include <Indicators\Indicators.mqh>
#include <Trade\OrderInfo.mqh>
class CExpertSignal : public CExpertBase
{
 protected:
   double m_base_price;
   CArrayObj m_filters;
   double m_weight;
   int m_patterns_usage;
 public:
   CExpertSignal(void);
   void BasePrice(double value);
   int UsedSeries();
   void Weight(double value);
   void PatternUsage(double value);
   void General(int value);
   void Ignore(long value);
   void Invert(long value);
   void ThresholdOpen(long value);
   void PriceLevel(double value);
   void StopLevel(double value);
   void TakeLevel(double value);
   void Expiration(int value);
   void Magic(int value);
   virtual bool ValidationSettings();
   virtual bool InitIndicators(CIndicators *indicators);
   virtual bool AddFilter(CExpertSignal *filter);
   virtual bool CheckOpenLong(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool CheckOpenShort(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool OpenLongParams(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool OpenShortParams(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool CheckCloseLong(double &price);
   virtual bool CheckCloseShort(double &price);
   virtual bool CloseLongParams(double &price);
   virtual bool CloseShortParams(double &price);
   virtual bool CheckReverseLong(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool CheckReverseShort(double &price, double &sl, double &tp, datetime &expiration);
   virtual bool CheckTrailingOrderLong(COrderInfo *order, double &price);
   virtual bool CheckTrailingOrderShort(COrderInfo *order, double &price);
   virtual int LongCondition();
   virtual int ShortCondition();
   virtual double Direction();
};
