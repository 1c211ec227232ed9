namespace Niwaki.Vision;

/// <summary>Energy for one picture: what the machine uses while the engine runs, less what it uses idle in the same time.</summary>
internal static class EnergyRun
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(3);

    public static Joules? Of(ISegmenter segmenter, Workload workload, StageContext context)
    {
        if (EnergySensor.Find(context.Time) is not { } sensor)
        {
            context.Log.Say("Energy is left out: this machine has no sensor that can be read (RAPL counters need root, or chmod a+r).");
            return null;
        }

        var energy = Of(sensor, run => segmenter.Run(workload.Inputs[run % workload.Inputs.Count]), Idle, Busy, context);
        if (energy is null)
            context.Log.Say($"Energy is left out: {sensor.Name} told no difference between idle and busy. Something else kept the machine busy.");
        return energy;
    }

    internal static Joules? Of(EnergySensor sensor, Action<int> run, TimeSpan idle, TimeSpan busy, StageContext context)
    {
        var start = context.Time.GetTimestamp();
        var end = sensor.Begin();
        context.Cancel.WaitHandle.WaitOne(idle);
        context.Cancel.ThrowIfCancellationRequested();
        var idleWatts = end().Value / context.Time.GetElapsedTime(start).TotalSeconds;

        start = context.Time.GetTimestamp();
        end = sensor.Begin();
        var runs = 0;
        for (; runs < 3 || context.Time.GetElapsedTime(start) < busy; runs++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            run(runs);
        }

        var net = end().Value - idleWatts * context.Time.GetElapsedTime(start).TotalSeconds;
        return net > 0 ? new Joules(net / runs) : null;
    }
}
