; Installer for one user, without administrator rights. makensis -DSOURCE=<folder> -DVERSION=<x.y.z> -DOUTPUT=<file>
Unicode true
Target amd64-unicode
!define NAME "ForexElite Pro"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\ForexElitePro"
Name "${NAME}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetCompressorDictSize 64
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "LegalCopyright" "${NAME}"
Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; Only what was installed is removed: the folder may hold files of the user, and the data folder is left alone.
; An agent that runs without a console is asked to end. Windows does not delete a program that runs, so what is left of
; the two after ten seconds says that one does; a program that has just been asked takes a moment.
!macro RemoveProgram
  IfFileExists "$INSTDIR\ForexElite.exe" 0 +2
    ExecWait '"$INSTDIR\ForexElite.exe" agent stop'
  StrCpy $0 20
  again:
    Delete "$INSTDIR\ForexElite.exe"
    Delete "$INSTDIR\ForexEliteAgent.exe"
    IfFileExists "$INSTDIR\ForexElite*.exe" 0 gone
    IntOp $0 $0 - 1
    IntCmp $0 0 running
    Sleep 500
    Goto again
  running:
    MessageBox MB_OK|MB_ICONSTOP "${NAME} is running. Close its window and its agent, then try again." /SD IDOK
    SetErrorLevel 2
    Abort
  gone:
  RMDir /r "$INSTDIR\_internal"
!macroend

Section
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*.*"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateDirectory "$SMPROGRAMS\${NAME}"
  CreateShortCut "$SMPROGRAMS\${NAME}\${NAME}.lnk" "$INSTDIR\ForexElite.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\ForexElite.exe"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section Uninstall
  ExecWait '"$INSTDIR\ForexElite.exe" agent autostart off'
  !insertmacro RemoveProgram
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR"
  RMDir /r "$SMPROGRAMS\${NAME}"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
