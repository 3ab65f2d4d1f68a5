/* Stand-in under Wine for Windows' own ICU. Qt asks it only for exotic text codecs; opening one always fails. */
#define EXPORT __declspec(dllexport)
enum { UNSUPPORTED = 16 };
static void refuse(int *error) { if (error) *error = UNSUPPORTED; }

EXPORT void *ucnv_open(const char *name, int *error) { refuse(error); return 0; }
EXPORT void ucnv_close(void *converter) {}
EXPORT void ucnv_reset(void *converter) {}
EXPORT signed char ucnv_getMaxCharSize(void *converter) { return 1; }
EXPORT const char *ucnv_getName(void *converter, int *error) { refuse(error); return ""; }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { refuse(error); return 0; }
EXPORT const char *ucnv_getAvailableName(int index) { return 0; }
EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT void ucnv_getToUCallBack(void *converter, void **action, void **context) {}
EXPORT void ucnv_getFromUCallBack(void *converter, void **action, void **context) {}
EXPORT void ucnv_setToUCallBack(void *c, void *a, void *b, void *d, void *e, int *error) { refuse(error); }
EXPORT void ucnv_setFromUCallBack(void *c, void *a, void *b, void *d, void *e, int *error) { refuse(error); }
EXPORT void ucnv_cbToUWriteUChars(void *args, void *source, int length, int offset, int *error) { refuse(error); }
EXPORT void ucnv_cbFromUWriteUChars(void *args, void *source, void *limit, int offset, int *error) { refuse(error); }
EXPORT void ucnv_toUnicode(void *c, void *t, void *tl, void *s, void *sl, void *o, signed char flush, int *error)
{ refuse(error); }
EXPORT void ucnv_fromUnicode(void *c, void *t, void *tl, void *s, void *sl, void *o, signed char flush, int *error)
{ refuse(error); }
EXPORT int ucnv_toUCountPending(void *converter, int *error) { return 0; }
EXPORT int ucnv_fromUCountPending(void *converter, int *error) { return 0; }
EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
