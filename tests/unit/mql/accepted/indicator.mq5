#property indicator_separate_window
#property indicator_buffers 3
#property indicator_plots   2
#property indicator_label1  "Fast"
#property indicator_type1   DRAW_COLOR_LINE
#property indicator_color1  clrDodgerBlue, clrRed
#property indicator_level1  0.0

input int                InpPeriod = 14;          // Period
input ENUM_APPLIED_PRICE InpPrice  = PRICE_CLOSE; // Price

double fast[];
double colors[];
double work[];
int    handle;

int OnInit()
  {
   SetIndexBuffer(0, fast, INDICATOR_DATA);
   SetIndexBuffer(1, colors, INDICATOR_COLOR_INDEX);
   SetIndexBuffer(2, work, INDICATOR_CALCULATIONS);
   PlotIndexSetInteger(0, PLOT_DRAW_BEGIN, InpPeriod);
   PlotIndexSetDouble(0, PLOT_EMPTY_VALUE, EMPTY_VALUE);
   PlotIndexSetString(0, PLOT_LABEL, "Fast(" + string(InpPeriod) + ")");
   IndicatorSetString(INDICATOR_SHORTNAME, "Own");
   IndicatorSetInteger(INDICATOR_DIGITS, _Digits + 1);
   ArraySetAsSeries(fast, false);
   handle = iCustom(NULL, 0, "Examples\\RSI", InpPeriod, InpPrice);
   return(INIT_SUCCEEDED);
  }

int OnCalculate(const int rates_total, const int prev_calculated, const datetime &time[], const double &open[],
                const double &high[], const double &low[], const double &close[], const long &tick_volume[],
                const long &volume[], const int &spread[])
  {
   if(rates_total < InpPeriod)
      return(0);
   int start = prev_calculated > 0 ? prev_calculated - 1 : InpPeriod;
   if(BarsCalculated(handle) < rates_total || CopyBuffer(handle, 0, 0, rates_total, work) <= 0)
      return(0);
   for(int i = start; i < rates_total && !IsStopped(); i++)
     {
      fast[i] = Mean(close, i, InpPeriod) + work[i];
      colors[i] = fast[i] > fast[i - 1] ? 0 : 1;
      if(time[i] % 86400 == 0 && high[i] - low[i] > 0 && tick_volume[i] + volume[i] > spread[i])
         fast[i] = open[i];
     }
   return(rates_total);
  }

double Mean(const double &values[], const int at, const int count)
  {
   double sum = 0.0;
   for(int i = at; i > at - count; i--)
      sum += values[i];
   return(count > 0 ? sum / count : EMPTY_VALUE);
  }
