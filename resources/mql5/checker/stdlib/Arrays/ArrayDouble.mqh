// Declarations for the checker: dynamic array of double values.
#include "Array.mqh"
class CArrayDouble : public CArray
{
 protected:
   double m_data[];

 public:
   CArrayDouble(void);
   ~CArrayDouble(void);
   void Delta(const double delta);
   bool Reserve(const int size);
   bool Resize(const int size);
   bool Shutdown(void);
   bool Add(const double element);
   bool AddArray(const double &src[]);
   bool AddArray(const CArrayDouble *src);
   bool Insert(const double element, const int pos);
   bool InsertArray(const double &src[], const int pos);
   bool InsertArray(const CArrayDouble *src, const int pos);
   bool AssignArray(const double &src[]);
   bool AssignArray(const CArrayDouble *src);
   double At(const int index) const;
   double operator[](const int index) const;
   double Minimum(const int start, const int count) const;
   double Maximum(const int start, const int count) const;
   bool Update(const int index, const double element);
   bool Shift(const int index, const int shift);
   bool Delete(const int index);
   bool DeleteRange(int from, int to);
   bool CompareArray(const double &array[]) const;
   bool CompareArray(const CArrayDouble *array) const;
   bool InsertSort(const double element);
   int Search(const double element) const;
   int SearchGreat(const double element) const;
   int SearchLess(const double element) const;
   int SearchGreatOrEqual(const double element) const;
   int SearchLessOrEqual(const double element) const;
   int SearchFirst(const double element) const;
   int SearchLast(const double element) const;
   int SearchLinear(const double element) const;
};
