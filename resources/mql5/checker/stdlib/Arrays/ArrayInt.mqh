// Declarations for the checker: dynamic array of int values.
#include "Array.mqh"
class CArrayInt : public CArray
{
 protected:
   int m_data[];

 public:
   CArrayInt(void);
   ~CArrayInt(void);
   bool Reserve(const int size);
   bool Resize(const int size);
   bool Shutdown(void);
   bool Add(const int element);
   bool AddArray(const int &src[]);
   bool AddArray(const CArrayInt *src);
   bool Insert(const int element, const int pos);
   bool InsertArray(const int &src[], const int pos);
   bool InsertArray(const CArrayInt *src, const int pos);
   bool AssignArray(const int &src[]);
   bool AssignArray(const CArrayInt *src);
   int At(const int index) const;
   int operator[](const int index) const;
   int Minimum(const int start, const int count) const;
   int Maximum(const int start, const int count) const;
   bool Update(const int index, const int element);
   bool Shift(const int index, const int shift);
   bool Delete(const int index);
   bool DeleteRange(int from, int to);
   bool CompareArray(const int &array[]) const;
   bool CompareArray(const CArrayInt *array) const;
   bool InsertSort(const int element);
   int Search(const int element) const;
   int SearchGreat(const int element) const;
   int SearchLess(const int element) const;
   int SearchGreatOrEqual(const int element) const;
   int SearchLessOrEqual(const int element) const;
   int SearchFirst(const int element) const;
   int SearchLast(const int element) const;
   int SearchLinear(const int element) const;
};
