// Declarations for the checker: made by packaging/mql_classes.py.
#include <Trade\Trade.mqh>
#include <Trade\SymbolInfo.mqh>
class CExpertTrade : public CTrade
{
 public:
   CExpertTrade(void);
   bool SetSymbol(CSymbolInfo *symbol);
   bool Buy(double volume, double price, double sl, double tp, const string comment = "");
   bool Sell(double volume, double price, double sl, double tp, const string comment = "");
};
