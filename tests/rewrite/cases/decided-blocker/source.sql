CREATE TABLE public.documents (
    id interval PRIMARY KEY,
    body xml,
    at public.geometry(Point,4326)
);
