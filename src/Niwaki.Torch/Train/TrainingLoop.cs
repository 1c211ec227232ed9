using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// The loop that every training shares: optimizer, schedule, average, curves, validation, checkpoints. A step depends on nothing but
/// the seed, its number and the tensors, so that an interrupted training goes on exactly as it would have.
/// </summary>
internal sealed class TrainingLoop : IDisposable
{
    private const int CurvePoints = 400;

    private readonly Training options;
    private readonly StageContext context;
    private readonly string key;
    private readonly StartingPoint start;
    private readonly ITrainingGoal goal;
    private readonly Network network;
    private readonly WeightAverage average;
    private readonly AdamW optimizer;
    private readonly ValidationPass? validation;
    private readonly CheckpointFolder checkpoints;
    private readonly int steps;
    private readonly int warmup;
    private readonly int validateEvery;
    private readonly TrainingCurves curves;
    private BestSoFar? best;
    private int step;
    private int validated;
    private double loss;

    public TrainingLoop(Training options, StageContext context, string key, StartingPoint start, ITrainingGoal goal)
    {
        (this.options, this.context, this.key, this.start, this.goal) = (options, context, key, start, goal);
        steps = options.Epochs is { } epochs ? (int)Math.Max(1, Math.Ceiling(epochs * goal.Pictures / (goal.PicturesPerBatch * options.Accumulate))) : options.Steps;
        warmup = (int)Math.Round(options.Warmup * steps);
        validateEvery = options.ValidateEvery ?? Math.Max(1, steps / 10);
        if (validateEvery > 0)
            validation = new ValidationPass(context.RequireData().Open(Split.Validation), start.Preprocess, start.Classes.Count, options);
        network = Network.Of(start.Architecture, start.Preprocess.Height, start.Preprocess.Width, start.Weights);
        average = new WeightAverage(network, start, options.Ema);
        optimizer = new AdamW([.. Trained(), .. goal.Parameters]);
        checkpoints = new CheckpointFolder(context.OutputFolder, context.Vocabulary);
        curves = Resume();
    }

    public void Run()
    {
        var pictures = goal.PicturesPerBatch * options.Accumulate;
        context.Log.Say($"{network.Parameters.Sum(each => each.Spec.Shape.Elements) / 1e6:0.00} M parameters, {steps} steps of {pictures} pictures at {start.Preprocess.Width}x{start.Preprocess.Height}{(step > 0 ? $", going on at step {step}" : string.Empty)}.");
        var (first, began) = (step, context.Time.GetTimestamp());
        var saved = began;
        if (step < steps)
            goal.Open((long)step * options.Accumulate);
        while (true)
        {
            if (context.Cancel.IsCancellationRequested)
            {
                Save();
                throw new OperationCanceledException(context.Cancel);
            }

            if (ValidationIsDue && !Validate())
                continue;
            if (step == steps)
                break;
            Step();
            if (step % Math.Max(1, steps / CurvePoints) == 0 || step == steps)
                curves.EndInterval(step);
            context.Log.Progress(options.Name, step, steps, $"loss {loss:0.0000}, {(step - first) * pictures / Math.Max(1e-9, context.Time.GetElapsedTime(began).TotalSeconds):0.0} images/s");
            if (context.Time.GetElapsedTime(saved) >= options.CheckpointEvery)
            {
                Save();
                saved = context.Time.GetTimestamp();
            }
        }

        Save();
        Finish((step - first) * pictures, context.Time.GetElapsedTime(began));
    }

    public void Dispose()
    {
        curves.Dispose();
        optimizer.Dispose();
        average.Dispose();
        network.Dispose();
    }

    private void Step()
    {
        using var free = torch.NewDisposeScope();
        var rate = options.LearningRate * RateFactor(step);
        var sum = 0.0;
        for (var part = 0; part < options.Accumulate; part++)
        {
            using var batch = torch.NewDisposeScope();
            torch.manual_seed(Seeds.Of(context.Seed, ((long)step * options.Accumulate) + part));     // stochastic depth
            var objective = goal.Next(network, curves.Add);
            var value = objective.ToDouble();
            if (!double.IsFinite(value))
                throw NotFinite("loss", value, rate);
            sum += value / options.Accumulate;
            objective.div(options.Accumulate).backward();
        }

        var norm = optimizer.Step(rate, options.ClipNorm);
        if (!double.IsFinite(norm))
            throw NotFinite("gradient", norm, rate);
        step++;
        loss = sum;
        average.Update(step);
        curves.Add("loss", loss);
        curves.Add("gradient-norm", norm);
        curves.Add("learning-rate", rate);
    }

    /// <summary>Linear warm-up, then the schedule.</summary>
    private double RateFactor(int at) => at < warmup ? (at + 1.0) / warmup : options.Schedule.Factor((at - warmup) / (double)Math.Max(1, steps - warmup));

    private bool ValidationIsDue => validation is not null && step > validated && (step % validateEvery == 0 || step == steps);

    /// <returns>Whether it was finished; it was asked to stop otherwise.</returns>
    private bool Validate()
    {
        if (validation!.Run(average.Network, context.Cancel) is not { } accuracy)
            return false;
        validated = step;
        curves.Write(new CurvePoint(step, "validation/mean-iou", accuracy.MeanIoU));
        curves.Write(new CurvePoint(step, "validation/pixel-accuracy", accuracy.PixelAccuracy));
        curves.Write(new CurvePoint(step, "validation/dice", accuracy.Dice));
        var better = best is null || accuracy.MeanIoU > best.MeanIoU;
        if (better)
            best = new BestSoFar(step, accuracy.MeanIoU, checkpoints.WriteBest(step, average.Network.Weights()));
        context.Log.Say($"step {step}: loss {loss:0.0000}, validation mean IoU {accuracy.MeanIoU:0.0000}, pixels {accuracy.PixelAccuracy:0.0000}{(better ? " (best so far)" : string.Empty)}");
        return true;
    }

    private void Save()
    {
        curves.Persist();
        var tensors = Prefixed("network/", network.Weights()).Concat(options.Ema > 0 ? Prefixed("average/", average.Network.Weights()) : []).Concat(optimizer.State())
            .Concat(goal.Parameters.Select(each => KeyValuePair.Create($"goal/{each.Name}", each.Tensor.ToWeight())));
        checkpoints.Save(new Checkpoint(key, step, checkpoints.WriteTensors(step, tensors), curves.LinesLength, curves.EventsLength, new Dictionary<string, CurveSum>(curves.Sums), goal.ClassPixels)
        {
            Validated = validated,
            Loss = loss,
            Best = best,
        });
    }

    private TrainingCurves Resume()
    {
        if (checkpoints.Load(key, context.Log) is not var (state, tensors))
            return new TrainingCurves(context.OutputFolder, context.Vocabulary, 0, 0, new Dictionary<string, CurveSum>());
        (step, validated, loss, best) = (state.Step, state.Validated, state.Loss, state.Best);
        foreach (var spec in network.Specs)
        {
            network[spec.Name].SetTo(tensors[$"network/{spec.Name}"]);
            if (options.Ema > 0)
                average.Network[spec.Name].SetTo(tensors[$"average/{spec.Name}"]);
        }

        foreach (var each in goal.Parameters)
            each.Tensor.SetTo(tensors[$"goal/{each.Name}"]);
        optimizer.Restore(tensors, step);
        goal.ClassPixels = state.ClassPixels;
        return new TrainingCurves(context.OutputFolder, context.Vocabulary, state.LinesLength, state.EventsLength, state.Sums);
    }

    private void Finish(int pictures, TimeSpan took)
    {
        var weights = best is null ? average.Network.Weights() : checkpoints.Read(best.Weights);
        ModelFiles.WriteNetwork(context.OutputFolder, start.Architecture, weights.OrderBy(each => each.Key, StringComparer.Ordinal), start.Preprocess, start.Classes, context.Vocabulary);
        if (best is not null)
            context.Log.Say($"Kept step {best.Step}, mean IoU {best.MeanIoU:0.0000} on {validation!.Pictures} validation pictures.");
        if (pictures > 0)
            context.Log.Say($"{pictures / Math.Max(1e-9, took.TotalSeconds):0.0} images/s with validation; {goal.WaitShare:0.0%} of the time waiting for pictures.");
    }

    private IEnumerable<TrainedParameter> Trained()
    {
        var rates = LayerRates.Of(network.Specs, options.LayerDecay);
        return network.Parameters.Select(each => new TrainedParameter(
            each.Spec.Name,
            each.Tensor,
            rates[each.Spec.Name],
            each.Spec.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight ? options.WeightDecay : 0));
    }

    private StageException NotFinite(string what, double value, double rate) => new(
        $"{options.Name}: the {what} is {value} at step {step + 1} (learning rate {rate:0.0e+0}; the loss before was {loss:0.0000}). "
        + "Lower --learning-rate, give a longer --warmup or a --clip-norm around 1, and use float32; if it happens at the first steps, check the pictures and the preprocessing's std.");

    private static IEnumerable<KeyValuePair<string, Weight>> Prefixed(string prefix, IReadOnlyDictionary<string, Weight> weights) =>
        weights.Select(each => KeyValuePair.Create(prefix + each.Key, each.Value));
}
