/* Stand-in under Wine for Windows' colour management: Qt asks for the monitor's ICC profile, there is none. */
#include <windows.h>
#define EXPORT __declspec(dllexport)
static BOOL nothing(void) { SetLastError(ERROR_FILE_NOT_FOUND); return FALSE; }

EXPORT HANDLE WINAPI WcsCreateIccProfile(HANDLE profile, DWORD options) { nothing(); return NULL; }
EXPORT BOOL WINAPI WcsGetDefaultColorProfile(int scope, LPCWSTR device, int type, int subtype, DWORD id, DWORD bytes,
                                             LPWSTR name) { return nothing(); }
EXPORT BOOL WINAPI WcsGetDefaultColorProfileSize(int scope, LPCWSTR device, int type, int subtype, DWORD id,
                                                 PDWORD bytes) { return nothing(); }
EXPORT HANDLE WINAPI OpenColorProfileW(void *profile, DWORD access, DWORD share, DWORD mode)
{ nothing(); return NULL; }
EXPORT HANDLE WINAPI WcsOpenColorProfileW(void *cdm, void *camp, void *gmmp, DWORD access, DWORD share, DWORD mode,
                                          DWORD flags) { nothing(); return NULL; }
EXPORT BOOL WINAPI CloseColorProfile(HANDLE profile) { return TRUE; }
EXPORT BOOL WINAPI GetColorProfileFromHandle(HANDLE profile, PBYTE data, PDWORD bytes) { return nothing(); }
EXPORT BOOL WINAPI GetColorDirectoryW(LPCWSTR machine, LPWSTR folder, PDWORD bytes) { return nothing(); }
