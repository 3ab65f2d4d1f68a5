/* metaeditor64.exe and terminal64.exe of the tests: keeps its command line as it came, and hands it on as it is to the
   simulated program under the Windows Python that FOREXELITE_TEST_PYTHON names. */
#include <stdio.h>
#include <windows.h>

#define LENGTH 8192

static void keep(const wchar_t *line)
{
    static wchar_t path[LENGTH];
    static char text[LENGTH];
    DWORD written;
    int size = WideCharToMultiByte(CP_UTF8, 0, line, -1, text, LENGTH, NULL, NULL);
    GetModuleFileNameW(NULL, path, LENGTH - 8);
    wcscat(path, L".txt");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    WriteFile(file, text, size - 1, &written, NULL);
    CloseHandle(file);
}

int wmain(void)
{
    static wchar_t line[LENGTH * 2], python[LENGTH];
    STARTUPINFOW startup = {sizeof startup};
    PROCESS_INFORMATION started;
    DWORD code;
    keep(GetCommandLineW());
    GetEnvironmentVariableW(L"FOREXELITE_TEST_PYTHON", python, LENGTH);
    _snwprintf(line, LENGTH * 2, L"\"%ls\" -m agent_core.simulator %ls", python, GetCommandLineW());
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &startup, &started))
        return -1;
    WaitForSingleObject(started.hProcess, INFINITE);
    GetExitCodeProcess(started.hProcess, &code);
    return code;
}
