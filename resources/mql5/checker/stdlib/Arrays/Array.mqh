// Declarations for the checker: what all dynamic arrays share.
#include <Object.mqh>
class CArray : public CObject
{
 protected:
   int m_step_resize;
   int m_data_total;
   int m_data_max;
   int m_sort_mode;

 public:
   CArray(void);
   ~CArray(void);
   int Step(void) const;
   bool Step(const int step);
   int Total(void) const;
   int Available(void) const;
   int Max(void) const;
   bool IsSorted(const int mode = 0) const;
   int SortMode(void) const;
   void Clear(void);
   void Sort(const int mode = 0);
};
