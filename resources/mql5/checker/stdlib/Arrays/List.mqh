// Declarations for the checker: linked list of objects.
#include <Object.mqh>
class CList : public CObject
{
 public:
   CList(void);
   ~CList(void);
   bool FreeMode(void) const;
   void FreeMode(bool mode);
   int Total(void) const;
   bool IsSorted(const int mode = 0) const;
   int SortMode(void) const;
   virtual CObject *CreateElement(void);
   int Add(CObject *new_node);
   int Insert(CObject *new_node, const int index);
   CObject *DetachCurrent(void);
   bool DeleteCurrent(void);
   bool Delete(const int index);
   void Clear(void);
   int IndexOf(CObject *node);
   CObject *GetNodeAtIndex(int index);
   CObject *GetFirstNode(void);
   CObject *GetPrevNode(void);
   CObject *GetCurrentNode(void);
   CObject *GetNextNode(void);
   CObject *GetLastNode(void);
   void Sort(const int mode);
   bool MoveToIndex(const int index);
   bool Exchange(CObject *node1, CObject *node2);
   bool CompareList(CList *list);
   CObject *Search(CObject *element);
};
