#property copyright "Tester"
#property indicator_separate_window
#property indicator_buffers 6
#property indicator_plots   3
#property indicator_label1  "Candles"
#property indicator_type1   DRAW_COLOR_CANDLES
#property indicator_color1  clrGreen, clrRed
#property indicator_type2   DRAW_LINE
#property indicator_color2  Gold
#property indicator_level1  20.0

input int                InpPeriod = 20;
input double             InpWidth  = 2.0;
input ENUM_APPLIED_PRICE InpPrice  = PRICE_CLOSE;
input ENUM_TIMEFRAMES    InpOther  = PERIOD_D1;

double opens[], highs[], lows[], closes[], shades[], middle[];
int    deviation = INVALID_HANDLE;
const string TITLE = "Bands(" + (string)InpPeriod + ")";

int OnInit()
  {
   SetIndexBuffer(0, opens, INDICATOR_DATA);
   SetIndexBuffer(1, highs, INDICATOR_DATA);
   SetIndexBuffer(2, lows, INDICATOR_DATA);
   SetIndexBuffer(3, closes, INDICATOR_DATA);
   SetIndexBuffer(4, shades, INDICATOR_COLOR_INDEX);
   SetIndexBuffer(5, middle);
   PlotIndexSetInteger(0, PLOT_DRAW_BEGIN, InpPeriod);
   PlotIndexSetDouble(0, PLOT_EMPTY_VALUE, EMPTY_VALUE);
   PlotIndexSetString(1, PLOT_LABEL, "Middle");
   PlotIndexSetInteger(0, PLOT_LINE_COLOR, 0, clrGreen);
   IndicatorSetString(INDICATOR_SHORTNAME, TITLE);
   IndicatorSetInteger(INDICATOR_DIGITS, _Digits);
   IndicatorSetDouble(INDICATOR_LEVELVALUE, 0, 70.0);
   ArraySetAsSeries(middle, false);
   MqlParam parameters[4];
   parameters[0].type = TYPE_INT;
   parameters[0].integer_value = InpPeriod;
   parameters[1].type = TYPE_DOUBLE;
   parameters[1].double_value = InpWidth;
   deviation = IndicatorCreate(_Symbol, InpOther, IND_STDDEV, 4, parameters);
   const int other = iCustom(_Symbol, InpOther, "Examples\\ZigZag", 12, 5, 3);
   return(deviation == INVALID_HANDLE || other == INVALID_HANDLE ? INIT_FAILED : INIT_SUCCEEDED);
  }

double Price(const int i, const double &open[], const double &high[], const double &low[], double const &close[])
  {
   switch(InpPrice)
     {
      case PRICE_OPEN:    return(open[i]);
      case PRICE_MEDIAN:  return((high[i] + low[i]) / 2);
      case PRICE_TYPICAL: return((high[i] + low[i] + close[i]) / 3);
      default:            return(close[i]);
     }
  }

int OnCalculate(const int rates_total, const int prev_calculated, const datetime &time[], const double &open[],
                const double &high[], const double &low[], const double &close[], const long &tick_volume[],
                const long &volume[], const int &spread[])
  {
   if(rates_total < InpPeriod || BarsCalculated(deviation) < 1)
      return(0);
   int start = prev_calculated > 0 ? prev_calculated - 1 : InpPeriod;
   if(prev_calculated == 0)
     {
      ArrayInitialize(middle, EMPTY_VALUE);
      ArrayFill(shades, 0, rates_total, 0);
     }
   double window[];
   ArrayCopy(window, close, 0, 0, WHOLE_ARRAY);
   for(int i = start; i < rates_total && !IsStopped(); i++)
     {
      double sum = 0;
      for(int j = i - InpPeriod + 1; j <= i; j++)
         sum += Price(j, open, high, low, close);
      middle[i] = sum / InpPeriod;
      opens[i] = open[i];
      highs[i] = high[i];
      lows[i] = low[i];
      closes[i] = close[i];
      shades[i] = close[i] >= open[i] ? 0 : 1;
     }
   const int high_bar = ArrayMaximum(high, rates_total - InpPeriod, InpPeriod);
   const int day = iBarShift(_Symbol, PERIOD_D1, time[rates_total - 1]);
   if(high_bar >= 0 && day >= 0 && spread[high_bar] > 0)
      Comment(TimeToString(time[high_bar], TIME_DATE), " ", iHigh(NULL, PERIOD_D1, day), " ", tick_volume[0] + volume[0]);
   return(rates_total);
  }

void OnDeinit(const int reason) { IndicatorRelease(deviation); }
