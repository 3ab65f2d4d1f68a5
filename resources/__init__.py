"""Files shipped with the program: theme, fonts, icons, MQL5 sources."""
