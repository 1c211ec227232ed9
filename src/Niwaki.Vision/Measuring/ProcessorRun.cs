namespace Niwaki.Vision;

/// <summary>The processor time that a model takes for a picture on one thread, on whatever else the machine does.</summary>
internal static class ProcessorRun
{
    private const int WarmUp = 3;
    private const int Least = 9;
    private const int Most = 60;

    /// <summary>The lower quartile: what others do to the caches only ever adds.</summary>
    public static TimeSpan Time(ISegmenter segmenter, TimeSpan limit, CancellationToken cancel)
    {
        var image = new float[segmenter.Input.Elements];
        var random = new Random(1);
        for (var i = 0; i < image.Length; i++)
            image[i] = (float)(random.NextDouble() * 4 - 2);
        var times = new List<TimeSpan>();
        var begun = ProcessorClock.Now;
        for (var run = -WarmUp; run < Most && (run < Least || ProcessorClock.Now - begun < limit); run++)
        {
            cancel.ThrowIfCancellationRequested();
            var start = ProcessorClock.Now;
            segmenter.Run(image);
            if (run >= 0)
                times.Add(ProcessorClock.Now - start);
        }

        times.Sort();
        return times[times.Count / 4];
    }
}
