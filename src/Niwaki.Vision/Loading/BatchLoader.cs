using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Niwaki.Vision;

/// <summary>
/// An endless sequence of batches, loaded ahead of their use by threads of its own. Batch k depends only on the seed and on k, however
/// many workers there are, so that a training that starts again at step k sees what it would have seen.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private readonly ISampleSet set;
    private readonly Preprocess preprocess;
    private readonly BatchLoaderOptions options;
    private readonly SampleOrder order;
    private readonly Thread[] workers;
    private readonly object gate = new();
    private readonly Dictionary<long, Batch> ready = [];
    private (long Step, ExceptionDispatchInfo Problem)? failure;
    private long claimed;
    private long wanted;
    private bool closed;
    private long started;
    private long waited;

    /// <summary>Starts loading.</summary>
    /// <param name="set">Not empty.</param>
    /// <param name="preprocess">The network's contract.</param>
    /// <param name="options">How to draw and load.</param>
    public BatchLoader(ISampleSet set, Preprocess preprocess, BatchLoaderOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(set.Count, 1, nameof(set));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Prefetch, 1, nameof(options));
        options.Augmentation?.Validate();
        this.set = set as CachedSampleSet ?? new CachedSampleSet(set, options.Cache);
        (this.preprocess, this.options) = (preprocess, options);
        order = new SampleOrder(this.set, options.Seed, options.ClassBalance);
        claimed = wanted = options.FirstStep;
        workers = [.. Enumerable.Range(0, options.Workers).Select(i => new Thread(Work) { IsBackground = true, Name = $"batch loader {i}" })];
        foreach (var worker in workers)
            worker.Start();
    }

    /// <summary>The share of the time since the first batch came that <see cref="Next"/> waited: 0 when loading keeps up.</summary>
    public double WaitShare => started == 0 ? 0 : Stopwatch.GetElapsedTime(0, waited) / Stopwatch.GetElapsedTime(started);

    /// <summary>The next batch, which the caller disposes.</summary>
    /// <exception cref="StageException">A picture of it cannot be used.</exception>
    public Batch Next()
    {
        var asked = Stopwatch.GetTimestamp();
        Batch? batch;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            while (!ready.Remove(wanted, out batch))
            {
                if (failure is { } known && known.Step == wanted)
                    known.Problem.Throw();
                Monitor.Wait(gate);
                ObjectDisposedException.ThrowIf(closed, this);
            }

            wanted++;
            Monitor.PulseAll(gate);
        }

        if (started == 0)
            started = Stopwatch.GetTimestamp();
        else
            waited += Stopwatch.GetTimestamp() - asked;
        return batch;
    }

    /// <summary>Stops the workers and drops what is ready.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            Monitor.PulseAll(gate);
        }

        foreach (var worker in workers)
            worker.Join();
        foreach (var batch in ready.Values)
            batch.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            long step;
            lock (gate)
            {
                while (!closed && failure is null && claimed >= wanted + options.Prefetch)
                    Monitor.Wait(gate);
                if (closed || failure is not null)
                    return;
                step = claimed++;
            }

            Batch? batch = null;
            ExceptionDispatchInfo? problem = null;
            try
            {
                batch = Load(step);
            }
            catch (Exception caught)
            {
                problem = ExceptionDispatchInfo.Capture(caught);
            }

            lock (gate)
            {
                if (batch is not null)
                    ready.Add(step, batch);
                else if (failure is null || step < failure.Value.Step)
                    failure = (step, problem!);
                Monitor.PulseAll(gate);
            }
        }
    }

    private Batch Load(long step)
    {
        var batch = new Batch(step, options.Batch, preprocess.Height, preprocess.Width);
        try
        {
            var size = preprocess.Height * preprocess.Width;
            for (var i = 0; i < batch.Count; i++)
            {
                if (closed)
                    break;
                var place = step * batch.Count + i;
                var random = new RandomStream(options.Seed, place);
                var (picture, label) = order.At(place, ref random);
                var sample = set.Load(picture);
                var image = batch.Images.AsSpan(i * 3 * size, 3 * size);
                var labels = batch.Labels.AsSpan(i * size, size);
                if (options.Augmentation is { } augmentation)
                    augmentation.Apply(sample, label, preprocess, ref random, image, labels);
                else
                    Fit(sample, image, labels);
            }

            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private void Fit(Sample sample, Span<float> image, Span<byte> labels)
    {
        preprocess.Apply(sample.Image, image);
        if (sample.Labels is { } known)
            preprocess.ApplyToLabels(known, labels);
        else
            labels.Fill(LabelMap.Ignore);
    }
}
