namespace Niwaki.Vision;

/// <summary>The land burns.</summary>
internal sealed class Wildfire : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with
    {
        Forest = random.Range(0.25f, 0.75f),
        Parcels = random.Chance(0.2f),
    };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.15f))
            Waters.Lake(scene);
        if (random.Chance(0.65f))
            RoadNet.Country(scene, 1, 0.1f);
        Distractors.Draw(scene, Count(scene, 2));
        Houses.Scattered(scene, random.Int(0, 8), random.Range(0.1f, 0.6f));
        Trees.Draw(scene, Count(scene, 14), burnt: random.Chance(0.3f));
        Vehicles.OnRoads(scene, random.Range(0.4f, 2));
        People.Draw(scene, random.Int(0, 3));
        if (random.Chance(0.75f))
            Fires.Front(scene);
        for (var i = random.Int(0, 3); i > 0; i--)
            Fires.Spot(scene, scene.Somewhere(random, 0.05f), random.Range(1.5f, 6));
        scene.Haze += random.Range(0, 0.25f);
    }
}
