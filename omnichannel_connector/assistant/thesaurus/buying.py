"""Words of what is sold, and paying for it. How they are written: see the package."""

BUYING = {
    "price": """how much|price*|pricing|cost*|charge*|fee|fees|rate|rates|expensive|cheap*|quote|
        how mutch|prize list|quotation|estimate|affordable|for free|per person|
        combien|prix|tarif*|coute*|couter*|cout|couts|cher|chere|devis|combein|gratuit*|chers|
        payant*|estimation|par personne|
        kostet|kosten|kostenlos|preis*|teuer|gebuhr*|wie viel|wieviel|kostenpunkt|gratis|umsonst|
        gunstig*|guenstig*|billig*|gebuehr*|teurer|kostenvoranschlag|pro person|
        cuanto cuesta*|cuanto es|cuanto vale*|precio*|coste|tarifa*|cuesta*|cuanto sale|
        cuanto cobra*|caro|cara|barato*|importe|presupuesto*|por persona|cuanto seria|
        quanto custa*|quanto e|quanto fica|preco*|custo|custa*|valor|valores|quanto sai|
        quanto cobra*|quanto vale|quanto seria|custos|orcamento*|por pessoa|quanto pag*""",
    "payment": """pay|paying|payment*|paid|card|cards|cash|paypal|bank transfer|apple pay|
        google pay|instal*ments|visa|mastercard|contactless|direct debit|bank details|deposit|
        instalment*|installment*|cheques|checkout|transfer|
        paiement*|payer|carte|especes|virement|cheque|paye|payes|payez|paie|regler|reglement|cb|
        en liquide|espece|en plusieurs fois|acompte|paiment*|sans contact|cartes|
        zahl*|bezahl*|karte|kreditkarte|bar zahlen|uberweis*|rechnungskauf|bezalen|karten|
        kartenzahlung|bargeld|in bar|lastschrift|ratenzahl*|auf rechnung|vorkasse|anzahlung|
        ueberweis*|kontaktlos|
        pagar|pago|pagos|tarjeta|efectivo|transferencia|pagarlo|pagado|pagan|pagando|paga|tarjetas|
        al contado|metalico|a plazos|plazos sin intereses|cuotas|contra reembolso|contrareembolso|
        cuenta bancaria|debito|credito|
        pagamento*|cartao|dinheiro vivo|multibanco|mbway|bizum|klarna|paguei|pagou|cartoes|
        a dinheiro|em dinheiro|pix|boleto|mb way|prestacoes|parcelar|parcelado|parcelas|
        parcelamento|contra entrega""",
    "invoice": """invoice*|receipt*|bill|vat|tax number|tax|invoise*|recipt*|reciept*|billing|
        proof of purchase|company name|bills|expenses|for my company|
        facture*|justificatif|tva|recu d'achat|ticket de caisse|preuve d'achat|siret|hors taxe|ttc|
        note de frais|comptab*|au nom de|fature|
        rechnung|rechnungen|beleg|quittung|mehrwertsteuer|steuernummer|rechnugn|rechnungs*|
        kassenbon|kassenzettel|kaufbeleg|belege|mwst|ust-id|umsatzsteuer*|firmenname|
        ausgestellt auf|steuer|buchhaltung|
        factura*|recibo*|nif|iva|boleta|ticket de compra|comprobante*|justificante*|datos fiscales|
        razon social|a nombre de|impuesto*|contabilidad|tique|
        fatura*|contribuinte|nota fiscal|talao|comprovativo*|comprovante*|numero fiscal|cnpj|cpf|
        imposto*|em nome de|contabilidade|segunda via""",
    "gift": """gift*|voucher*|present|certificate|presents|wrapped|wrapping|for someone else|
        cadeau*|offrir|bon d'achat|emballer|
        gutschein*|geschenk*|gutschien*|gutschain*|verschenk*|schenken|beschenk*|einpacken|
        eingepackt|
        regalo*|tarjeta regalo|vale regalo|bono|vale de compra|envolver|envuelto|regalar|regalarle|
        prenda*|presente*|vale oferta|cheque oferta|oferecer|vale-oferta|cartao oferta|
        cheque-oferta|embrulhar|papel de embrulho""",
    "discount": """discount*|promo*|coupon*|sale|code|special offer|reduction*|discout|disscount|
        dicount|sales|offers|deals|black friday|clearance|student price|cheaper|money off|
        percent off|concession*|deal|
        reduit*|soldes|remise*|rabais|ristourne|bon plan|bons plans|offre|offres|tarif etudiant|
        vente privee|reduc|reducs|
        rabatt*|aktion|nachlass|rabbat*|gutscheincode|angebot|angebote|sonderangebot*|reduziert|
        ermassig*|ermaessig*|prozente|schnappchen|schlussverkauf|preisnachlass|aktionen|
        studentenrabatt|ausverkauf|vergunstig*|
        descuento*|oferta|rebaja*|cupon|decuento*|ofertas|cupones|saldos|mas barato|precio especial|
        estudiantes|dos por uno|2x1|
        desconto*|cupao|promoc*|disconto*|cupom|cupons|mais barato|preco especial|estudantes|
        em conta|baixa de preco""",
    "loyalty": """loyalty|member|members|membership*|rewards|reward|bonus|stamp card|earn points|
        my points|loyal customer|regular customer|
        fidelit*|mes points|adherent*|adherer|adhesion|membre|membres|client fidele|
        treuekarte*|treuepunkt*|treuerabatt|treueprogramm*|stempelkarte*|bonuskarte|bonuspunkt*|
        bonusprogramm|kundenkarte*|stammkund*|punkte sammeln|meine punkte|mitglied*|vorteilskarte|
        abonnement|
        fidelidad|fidelizacion|tarjeta de cliente|tarjeta de puntos|mis puntos|acumular puntos|
        programa de puntos|puntos acumulados|socio|miembro*|membresia*|cliente habitual|
        cliente frecuente|abonado|recompensa*|
        fidelidade|fidelizacao|cartao de cliente|cartao de pontos|meus pontos|acumular pontos|
        programa de pontos|juntar pontos|membro*|cliente frequente""",
    "trade": """wholesale|trade price|trade list|reseller*|retailer*|bulk|restaurant*|cafe|hotel|
        whole sale|wholsale|wholesaler*|stockist*|trade account|trade discount|trade customer*|
        large order*|large quantit*|minimum order|distributor*|quantity discount|consignment|
        en gros|grossiste|professionnel*|revendeur*|grossistes|vente en gros|prix pro|tarif pro|
        compte pro|revente|quantite*|distributeur*|entreprise*|minimum de commande|
        handler*|wiederverkauf*|grosshandel|mengenrabatt|gastronomie|grosse mengen|haendler*|
        grosshaendler*|grosshandler*|wiederverkaeuf*|weiterverkauf*|grossbestell*|mengen|
        mindestmenge|mindestbestell*|firmenkund*|geschaftskund*|staffelpreis*|mengenrabat|
        mayor|mayorista|revend*|distribuidor*|mayoreo|mayoristas|distribuir|distribucion|
        grandes cantidades|gran cantidad|por volumen|pedido minimo|empresas|cantidad minima|
        profesionales|
        grosso|atacado|atacadista*|grossista*|quantidades grandes|grandes quantidades|em quantidade|
        quantidade minima|encomenda minima|distribuic*|profissionais""",
    "stock": """stock|in stock|sold out|available|availability|restock*|still have|again|left|
        instock|stocks|availible|avaliable|availabel|soldout|back in|do you sell|run out|ran out|
        unavailable|pre-order|preorder|coming back|
        disponible*|rupture|epuise*|dispo|en rayon|indisponible*|reste|restent|reapprovisionn*|
        precommand*|en reserve|vendez|
        lager|vorratig|lieferbar|ausverkauft|verfugbar|nachschub|lagernd|vorraetig|verfuegbar*|
        vergriffen|nicht mehr da|wieder da|wieder rein|noch da|fuhrt ihr|fuehrt ihr|sortiment|
        vorbestell*|restbestand|erhaltlich|erhaeltlich|
        existencias|agotad*|quedan|disponibl*|en existencia|stok|queda alguno|queda alguna|venden|
        vendeis|a la venta|repon*|reposicion|se agoto|se acabo|vuelve a haber|volveran a|
        disponivel|esgotad*|reposicao|estoque|disponiveis|disponibilidade|acabou|acabaram|esgotou|
        repor|vendem|a venda|ainda ha|indisponivel|pre-venda|volta a ter""",
    "size": """size*|how big|dimension*|height|width|diameter|sizing|measure*|how tall|how wide|
        how heavy|how deep|weight|weigh|weighs|length|large|medium|xl|fits|runs small|cm|
        taille*|hauteur|largeur|dimmension*|pointure*|longueur|poids|pese|diametre|mesure|mesures|
        mesurent|capacite|grand comment|
        grosse|masse|durchmesser|grossen|groesse*|gross ist|wie gross|wie hoch|wie breit|
        wie lang ist|wie schwer|hohe|hoehe|breite|laenge|gewicht|wiegt|abmessung*|masstabelle|
        grossentabelle|fallt aus|passform|schuhgrosse|inhalt in ml|
        tamano*|altura|ancho|talla*|largo|alto|anchura|longitud|peso|pesa|pesan|diametro|medidas|
        mide|miden|que tan grande|que numero|
        tamanho*|largura|tamaho|comprimento|pesam|mede|medem|qual o numero|dimensoes""",
    "colour": """colour*|color*|shade|black|white|blue|green|red|pink|grey|gray|glaze|glazes|
        pattern|patterns|
        couleur*|couler|teinte*|noir|noire|blanc|blanche|bleu*|vert|verte|rouge*|rose|gris|grise|
        farbe*|farben|farbig|farbton*|farbvariant*|bunt|schwarz*|weisse|blau*|grun|gruen|grune|rot|
        rote|rosa|grau*|muster|glasur*|farb|
        colores|tono|negro*|negra*|blanco*|blanca*|azul|azules|verde*|rojo*|roja*|esmalte|
        cor|cores|tonalidade*|preto*|preta*|branco*|branca*|azuis|vermelh*|cinza|cinzento|
        estampa*""",
    "material": """material*|made of|ingredient*|allerg*|lead free|alergy|ingrediants|gluten*|
        vegan*|vegetarian*|nut free|fabric|cotton|leather|wood|wooden|silver|plated|stainless|
        food safe|food-safe|non-toxic|made from|organic|contain|contains|which clay|
        matiere*|compose*|fait en|fabrique en|vegetarien*|coton|cuir|bois|argent massif|inox|
        alimentaire*|en quoi|contient|contiennent|composition|faits en|
        woraus|bestandteil*|zutaten|inhaltsstoff*|inhaltstoff*|alergi*|vegetarisch|baumwolle|leder|
        holz|silber|vergoldet|edelstahl|bleifrei|ungiftig|lebensmittelecht*|schadstoff*|enthalt|
        enthalten|aus welchem|gemacht aus|besteht aus|bestehen aus|
        componente*|ingrediente*|hecho de|alergen*|celiac*|algodon|cuero|madera|plata|banado en|
        acero|apto para alimentos|contiene*|composicion|de que esta|frutos secos|hechos de|
        esta hecho|organico*|ecologico*|
        feito de|algodao|couro|madeira|banhado a|prata|aco inoxidavel|contem|composicao|tecido*|
        de que e|e feito|feita de|feitos de|biologico*|proprio para alimentos""",
    "wash": """dishwasher*|microwave*|wash|washing|clean|cleaning|oven|care for|dish washer|
        diswasher|micro wave|microwavable|washable|iron|ironing|stain*|rinse|freezer|heatproof|
        ovenproof|cleaned|
        lave-vaisselle|lave vaisselle|micro-onde*|laver|entretien|entretenir|lavevaisselle|
        lave linge|lave-linge|micro onde*|microonde*|passe au four|congelateur|nettoy*|lavable*|
        lavage|se lave|a la main|prendre soin|repasser|tache*|
        spulmaschine*|mikrowelle*|spulen|reinig*|pflege*|ofenfest|spuhlmaschine*|spuelmaschine*|
        spuelen|geschirrspul*|geschirrspuel*|backofen|ofen|ofenfeste|waschen|waschbar|
        waschmaschine*|wasche|sauber*|trockner|fleck*|abwasch*|hitzebestandig|maschinenfest|
        lavavajillas|lavaplatos|microondas|lavar|limpiar|horno|micro ondas|lavadora|lavado|lava|
        limpieza|limpia|limpio|plancha|planchar|mancha*|congelador|cuidar|a mano|
        loica|micro-ondas|limpar|forno|maquina|louca|lavavel|lavaveis|lavagem|limpeza|limpo|
        passar a ferro|cuidados|a mao""",
    "custom": """custom|customi*|bespoke|commission|made to order|personali*|engrav*|logo|custum|
        made-to-order|made to measure|own design|my own design|special order*|special request*|
        tailor made|tailor-made|tailored|with a name|my name on|
        sur mesure|personnalis*|commande speciale|sur commande|fait sur mesure|prenom|a mon nom|
        avec un nom|propre design|piece unique|sur demande|faire faire|creation sur|graver|gravure*|
        sonderanfert*|einzelanfert*|nach wunsch|massanfert*|individuell*|gravur|sonderwunsch*|
        auf bestellung|auf wunsch|massgefertigt|nach mass|nach meinen|eigenes design|eigenes motiv|
        eigenen entwurf|gravier*|mit namen|wunschname|wunschmotiv|einzelstuck*|extra anfert*|
        anfertig*|
        a medida|personaliz*|por encargo|grabado*|encargos|por pedido|bajo pedido|pedido especial|
        con nombre|con mi nombre|diseno propio|mi diseno|pieza unica|
        por encomenda|medida|sob encomenda|gravar|gravacao|gravado|com nome|com o nome|
        desenho proprio|meu desenho|design proprio|peca unica|encomenda especial""",
}
