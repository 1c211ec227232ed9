namespace Niwaki.Vision;

/// <summary>A slope came down over road and village.</summary>
internal sealed class Landslide : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Relief = random.Range(1, 1.8f),
        Forest = random.Range(0.1f, 0.55f),
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.45f))
            Waters.River(scene, random.Chance(0.5f) ? WaterLook.Flood(random) : null);
        RoadNet.Country(scene, random.Int(1, 2));
        Distractors.Draw(scene, Count(scene, 3));
        DebrisFlow.Slide(scene, 6, 26);
        if (random.Chance(0.35f))
            DebrisFlow.Slide(scene, 4, 14);
        if (random.Chance(0.3f))
            Cracks.Draw(scene, random.Int(1, 3));
        Houses.Along(scene, random.Range(0.1f, 0.5f), random.Range(0.3f, 0.8f), wet: false, most: 25);
        Trees.Draw(scene, Count(scene, 20));
        Vehicles.OnRoads(scene, random.Range(0.5f, 2));
        Vehicles.Anywhere(scene, random.Int(0, 3), boats: false);
        People.Draw(scene, random.Int(0, 4));
    }
}
