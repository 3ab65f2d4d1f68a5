// Declarations for the checker: made by packaging/mql_classes.py.
#include <Indicators\Indicator.mqh>
class CiCustom : public CIndicator
{
 public:
   CiCustom(void);
   int NumParams() const;
   ENUM_DATATYPE ParamType(int index) const;
   long ParamLong(int index) const;
   double ParamDouble(int index) const;
   string ParamString(int index) const;
   virtual int Type() const;
};
